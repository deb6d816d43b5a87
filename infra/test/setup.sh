#!/usr/bin/env bash
# Installs the servers that `npm run test:infra` starts: Kafka from Maven Central and schemathesis from PyPI into a cache
# directory; PostgreSQL, Redis, nginx, Java, Maven, Python and Chromium from Debian's packages. What is there already is left alone.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
kafka="$(sed -n '/kafka_2.13/{n;s/.*<version>\(.*\)<\/version>.*/\1/p}' "$here/kafka/pom.xml")"
cache="${SIGNALFLOW_INFRA_CACHE:-$HOME/.cache/signalflow}"
libs="$cache/kafka-$kafka/libs"
python="$cache/schemathesis"

missing=()
need() { if ! eval "$1" >/dev/null 2>&1; then missing+=("$2"); fi; }
need 'command -v java' openjdk-17-jre-headless
need "test -e '$libs/.complete' || command -v mvn" maven
need 'command -v redis-server' redis-server
need 'ls /usr/lib/postgresql/*/bin/postgres' postgresql
need 'command -v chromium' chromium
need 'command -v openssl' openssl
need 'command -v faketime' faketime
need "test -e '$python/.complete' || python3 -c 'import ensurepip, venv'" python3-venv
need 'command -v nginx || test -x /usr/sbin/nginx' nginx-light
if [ "${#missing[@]}" -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "These are missing and apt-get is not there to install them: ${missing[*]}" >&2
    exit 1
  fi
  sudo=()
  if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi
  "${sudo[@]}" apt-get update -q
  # Debian would start the servers; the tests start their own.
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

if [ ! -e "$libs/.complete" ]; then
  mkdir -p "$libs"
  mvn -B -q -f "$here/kafka/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$libs"
  touch "$libs/.complete"
fi
if ! cmp -s "$here/schemathesis.txt" "$python/.complete"; then
  # The system's own where there is one: a Python of a version manager may be gone tomorrow.
  interpreter=/usr/bin/python3
  "$interpreter" -c 'import ensurepip, venv' 2>/dev/null || interpreter=python3
  rm -rf "$python"
  "$interpreter" -m venv "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/schemathesis.txt"
  cp "$here/schemathesis.txt" "$python/.complete"
fi
echo "Ready: Kafka $kafka in $libs, $(redis-server --version | cut -d' ' -f3), PostgreSQL in $(ls -d /usr/lib/postgresql/* | tail -1), $(chromium --version 2>/dev/null | head -1)"
