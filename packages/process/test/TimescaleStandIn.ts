/**
 * What the migrations ask of TimescaleDB in its Apache edition, acted out by an SQL script: a "hypertable" is a table as it is, chunks are
 * the days of its rows, and continuous aggregates are refused with SQLSTATE 0A000, as that edition refuses them. TimescaleDB itself is not in
 * Debian; where it is installed, the same suite runs on it.
 */
export const timescaleStandIn = {
  "timescaledb--1.0.sql": `
    create schema timescaledb_information;
    create table timescaledb_information.stand_in (hypertable regclass primary key, time_column name not null, chunk interval not null);

    grant usage on schema timescaledb_information to public;
    grant all on timescaledb_information.stand_in to public;

    create function public.create_hypertable(relation regclass, time_column_name name, chunk_time_interval interval, create_default_indexes boolean default true)
    returns void language plpgsql as $$
    begin
      if exists (select from pg_trigger where tgrelid = relation and (tgnewtable is not null or tgoldtable is not null)) then
        raise exception 'hypertables do not support transition tables in triggers' using errcode = 'feature_not_supported';
      end if;
      if (select relkind from pg_class where oid = relation) <> 'r' then
        raise exception 'table "%" is already partitioned', relation;
      end if;
      insert into timescaledb_information.stand_in values (relation, time_column_name, chunk_time_interval);
    end $$;

    create function public.stand_in_chunks(relation regclass) returns setof timestamptz language plpgsql as $$
    declare table_of timescaledb_information.stand_in;
    begin
      select * into strict table_of from timescaledb_information.stand_in where hypertable = relation;
      return query execute format('select distinct date_bin(%L, %I, timestamptz ''epoch'') from %s', table_of.chunk, table_of.time_column, relation);
    end $$;

    create function public.drop_chunks(relation regclass, older_than timestamptz) returns setof text language plpgsql as $$
    declare
      table_of timescaledb_information.stand_in;
      chunk timestamptz;
    begin
      select * into table_of from timescaledb_information.stand_in where hypertable = relation;
      if not found then
        raise exception '"%" is not a hypertable or a continuous aggregate', relation;
      end if;
      -- A dropped chunk fires no trigger.
      execute format('alter table %s disable trigger user', relation);
      for chunk in select c from public.stand_in_chunks(relation) c where c + table_of.chunk <= older_than order by 1 loop
        execute format('delete from %s where %I >= $1 and %2$I < $2', relation, table_of.time_column) using chunk, chunk + table_of.chunk;
        return next format('%s %s', relation, chunk);
      end loop;
      execute format('alter table %s enable trigger user', relation);
    end $$;

    create view timescaledb_information.chunks as
      select hypertable::text as hypertable_name, c as range_start, c + chunk as range_end
      from timescaledb_information.stand_in, lateral public.stand_in_chunks(hypertable) c;

    grant select on timescaledb_information.chunks to public;

    -- What a definition names is looked up before it is refused.
    create function public.time_bucket(width interval, at timestamptz) returns timestamptz immutable language sql
      as 'select date_bin(width, at, timestamptz ''epoch'')';
    create function public.stand_in_keep(state anyelement, value anyelement, at timestamptz) returns anyelement immutable language sql as 'select state';
    create aggregate public.first(anyelement, timestamptz) (sfunc = public.stand_in_keep, stype = anyelement);
    create aggregate public.last(anyelement, timestamptz) (sfunc = public.stand_in_keep, stype = anyelement);

    create function public.stand_in_apache() returns event_trigger language plpgsql as $$
    begin
      if current_query() ~* 'timescaledb' then
        raise exception 'functionality not supported under the current "apache" license' using errcode = 'feature_not_supported';
      end if;
    end $$;
    create event trigger stand_in_apache on ddl_command_start when tag in ('CREATE MATERIALIZED VIEW') execute function public.stand_in_apache();
  `,
}
