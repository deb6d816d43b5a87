#!/bin/sh
# Starts Redis with the password of the environment, which no argument and no file of the image shows.
set -eu
case "${REDIS_PASSWORD:-}" in
  "" | changeme) echo "REDIS_PASSWORD is empty or changeme: choose another" >&2; exit 1 ;;
  *[!A-Za-z0-9_-]*) echo "REDIS_PASSWORD becomes part of a URL: letters, digits, - and _ only" >&2; exit 1 ;;
esac
umask 077
own="${REDIS_RUN:-/run/redis}/redis.conf"
{ cat "${REDIS_CONFIG:-/etc/redis/redis.conf}"; printf '\nrequirepass %s\n' "$REDIS_PASSWORD"; } > "$own"
exec redis-server "$own"
