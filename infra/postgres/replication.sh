#!/bin/sh
# Runs once, when the primary's data directory is made: whom the replica and the services sign in as, none of them a superuser, and the
# slot that keeps WAL for the replica.
for name in POSTGRES_PASSWORD REPLICATION_PASSWORD; do
  eval "value=\${$name:-}"
  case "$value" in
    "" | changeme) echo "$name is empty or changeme: choose another" >&2; exit 1 ;;
  esac
done
psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL' || exit 1
\getenv password REPLICATION_PASSWORD
create role replicator login replication password :'password';
select pg_create_physical_replication_slot('replica', true);
SQL
if [ "$POSTGRES_USER" != signalflow ]; then
  psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v database="$POSTGRES_DB" <<'SQL' || exit 1
\getenv password POSTGRES_PASSWORD
create role signalflow login nosuperuser password :'password';
alter database :"database" owner to signalflow;
alter schema public owner to signalflow;
-- From inside the container alone.
alter role current_user password null;
SQL
fi
echo "host replication replicator samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
