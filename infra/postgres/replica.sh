#!/bin/sh
# Starts a streaming replica: copies the primary first where there is no data yet. Arguments go to the server.
set -eu
: "${PGDATA:?}" "${PRIMARY_HOST:?}" "${REPLICATION_PASSWORD:?}"
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  # A copy that was cut short is begun again; only a whole one gets the name.
  arriving="$PGDATA.arriving"
  rm -rf "$arriving"
  PGPASSWORD="$REPLICATION_PASSWORD" pg_basebackup --host "$PRIMARY_HOST" --port "${PRIMARY_PORT:-5432}" --username replicator \
    --no-password --slot replica --wal-method stream --checkpoint fast --write-recovery-conf --pgdata "$arriving"
  mv "$arriving" "$PGDATA"
fi
exec postgres "$@"
