-- Millions of rows a day, in the order of time: a small index that retention and hourly summaries read by.
create index signal_metrics_history_observed on signal_metrics_history using brin (observed_at);

-- Where TimescaleDB is in use, or may be (it kills the session of whoever asks for it unloaded), history is a hypertable.
do $migration$
begin
  if current_setting('timescaledb.max_background_workers', true) is not null
    and exists (select from pg_available_extensions where name = 'timescaledb' and installed_version is null)
  then
    begin
      create extension timescaledb;
    exception when insufficient_privilege then
      raise notice 'TimescaleDB is there and may not be used: %. History is kept in plain partitions.', sqlerrm;
    end;
  end if;
  if not exists (select from pg_extension where extname = 'timescaledb') then
    return;
  end if;

  alter table signal_metrics_history rename to signal_metrics_history_partitioned;
  alter index signal_metrics_history_observed rename to signal_metrics_history_partitioned_observed;
  alter table signal_metrics_history_partitioned rename constraint signal_metrics_history_pkey to signal_metrics_history_partitioned_pkey;
  create table signal_metrics_history (like signal_metrics_history_partitioned including defaults);
  alter table signal_metrics_history add primary key (signal_id, observed_at);
  create index signal_metrics_history_observed on signal_metrics_history using brin (observed_at);
  perform create_hypertable('signal_metrics_history', 'observed_at', chunk_time_interval => interval '1 day', create_default_indexes => false);
  insert into signal_metrics_history select * from signal_metrics_history_partitioned;
  drop table signal_metrics_history_partitioned;

  create or replace function ensure_history_partition(day date) returns void language sql as 'select';

  -- Hours that are over, a few minutes later; late rows and removals are folded in however old they are.
  begin
    execute $view$
      create materialized view signal_metrics_hourly with (timescaledb.continuous, timescaledb.materialized_only = true) as
      select signal_id, time_bucket(interval '1 hour', observed_at) as hour, count(*)::int4 as observations,
        first(score, observed_at) as score_first, last(score, observed_at) as score_last, max(score) as score_max,
        last(comments, observed_at) as comments_last, last(views, observed_at) as views_last,
        avg(score_velocity) as score_velocity_mean, avg(comment_velocity) as comment_velocity_mean
      from signal_metrics_history group by signal_id, time_bucket(interval '1 hour', observed_at) with no data
    $view$;
    perform add_continuous_aggregate_policy('signal_metrics_hourly', start_offset => null, end_offset => interval '5 minutes',
      schedule_interval => interval '5 minutes');
  exception when feature_not_supported or active_sql_transaction then
    raise notice 'Continuous aggregates are not to be had here: %. Hourly history is kept by SignalFlow.', sqlerrm;
  end;
end $migration$;

-- Drops a table's daily partitions that end before a time, the oldest first, and returns how many: no more than `most`, which are locked meanwhile.
create function drop_partitions_before(parent regclass, before timestamptz, most integer) returns integer
language plpgsql set lock_timeout = '5s' as $$
declare
  old record;
  dropped integer := 0;
begin
  for old in
    select c.oid::regclass as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = parent and c.relname ~ '_\d{8}$' and right(c.relname, 8) < to_char(before at time zone 'UTC', 'YYYYMMDD')
    order by right(c.relname, 8) limit most
  loop
    execute format('drop table %s', old.name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;

-- Drops history and hours that are older, by whole days; returns how many partitions or chunks went, 0 when none is left.
create function drop_history_before(before timestamptz) returns integer language plpgsql as $$
declare
  dropped integer;
begin
  if (select relkind from pg_class where oid = 'signal_metrics_history'::regclass) = 'p' then
    dropped := drop_partitions_before('signal_metrics_history', before, 10);
  else
    select count(*) into dropped from drop_chunks('signal_metrics_history', older_than => before);
  end if;
  if (select relkind from pg_class where oid = 'signal_metrics_hourly'::regclass) = 'p' then
    return dropped + drop_partitions_before('signal_metrics_hourly', before, 10);
  end if;
  return dropped + (select count(*) from drop_chunks('signal_metrics_hourly', older_than => before));
end $$;

-- The day that history begins with; null: there is none.
create function history_begin() returns timestamptz language plpgsql stable as $$
begin
  if (select relkind from pg_class where oid = 'signal_metrics_history'::regclass) = 'p' then
    return (select min(to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC') from pg_inherits i
      join pg_class c on c.oid = i.inhrelid where i.inhparent = 'signal_metrics_history'::regclass and c.relname ~ '_\d{8}$');
  end if;
  return (select min(range_start) from timescaledb_information.chunks where hypertable_name = 'signal_metrics_history');
end $$;

-- A signal's history within one hour: what a continuous aggregate would hold, kept by summarise_history. One partition a day.
do $migration$
begin
  if to_regclass('signal_metrics_hourly') is not null then
    return;
  end if;
  create table signal_metrics_hourly (
    signal_id text not null,
    hour timestamptz not null,
    observations integer not null,
    score_first integer,
    score_last integer,
    score_max integer,
    comments_last integer,
    views_last bigint,
    score_velocity_mean double precision,
    comment_velocity_mean double precision,
    primary key (signal_id, hour)
  ) partition by range (hour);
end $migration$;

-- How far summaries are; one row.
create table history_hours (
  only_one boolean primary key default true check (only_one),
  -- Hours before it are over: what still comes to one of them, or goes from it, is marked.
  closed_before timestamptz not null default '-infinity',
  summarised_before timestamptz not null default '-infinity',
  -- open: nothing is under way. closing: whoever began before does not know yet. settling: they are waited for. summing: hour by hour.
  stage text not null default 'open' check (stage in ('open', 'closing', 'settling', 'summing')),
  closed_by xid8,
  pieces integer,
  piece integer
);
insert into history_hours default values;

-- Append-only marks: hours of signals that must be summarised again.
create table touched_history (
  mark bigint generated always as identity primary key,
  signal_id text not null,
  hour timestamptz not null
);

create function mark_history() returns trigger language plpgsql as $$
begin
  insert into touched_history (signal_id, hour)
  select distinct signal_id, date_bin('1 hour', observed_at, timestamptz 'epoch') from changed
  where observed_at < (select closed_before from history_hours);
  return null;
end $$;

create function mark_history_row() returns trigger language plpgsql as $$
declare
  changed signal_metrics_history := case when tg_op = 'DELETE' then old else new end;
begin
  if changed.observed_at < (select closed_before from history_hours) then
    insert into touched_history (signal_id, hour) values (changed.signal_id, date_bin('1 hour', changed.observed_at, timestamptz 'epoch'));
  end if;
  return null;
end $$;

do $migration$
begin
  if (select relkind from pg_class where oid = 'signal_metrics_hourly'::regclass) <> 'p' then
    return;
  end if;
  if (select relkind from pg_class where oid = 'signal_metrics_history'::regclass) = 'p' then
    create trigger mark_added after insert on signal_metrics_history
      referencing new table as changed for each statement execute function mark_history();
    create trigger mark_removed after delete on signal_metrics_history
      referencing old table as changed for each statement execute function mark_history();
  else
    -- Hypertables have no transition tables.
    create trigger mark_changed after insert or delete on signal_metrics_history for each row execute function mark_history_row();
  end if;
end $migration$;

create function ensure_hourly_partition(day date) returns void language plpgsql as $$
declare
  name text := 'signal_metrics_hourly_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(name) is null then
    execute format('create table %I partition of signal_metrics_hourly for values from (%L) to (%L)',
      name, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
  end if;
end $$;

-- Summarises again what was marked, at most so many marks; returns how many it took.
create function summarise_touched(most integer) returns integer language plpgsql as $$
declare
  taken integer;
  ids text[];
  hours timestamptz[];
begin
  with gone as (
    delete from touched_history where mark in (select mark from touched_history order by mark limit most) returning signal_id, hour
  ), groups as (select distinct signal_id, hour from gone)
  select (select count(*) from gone), array_agg(signal_id), array_agg(hour) into taken, ids, hours from groups;
  if taken = 0 then
    return 0;
  end if;
  perform ensure_hourly_partition(day) from (select distinct (h at time zone 'UTC')::date as day from unnest(hours) as h) as days;
  with groups as (
    select * from unnest(ids, hours) as g (signal_id, hour)
  ), fresh as (
    select g.signal_id, g.hour, count(*)::int4 as observations, (array_agg(h.score order by h.observed_at))[1],
      (array_agg(h.score order by h.observed_at))[count(*)::int4], max(h.score), (array_agg(h.comments order by h.observed_at))[count(*)::int4],
      (array_agg(h.views order by h.observed_at))[count(*)::int4], avg(h.score_velocity), avg(h.comment_velocity)
    from groups g join signal_metrics_history h
      on h.signal_id = g.signal_id and h.observed_at >= g.hour and h.observed_at < g.hour + interval '1 hour'
    group by g.signal_id, g.hour
  ), gone as (
    delete from signal_metrics_hourly s using groups g where s.signal_id = g.signal_id and s.hour = g.hour
      and not exists (select from fresh f where f.signal_id = g.signal_id and f.hour = g.hour)
  )
  insert into signal_metrics_hourly select * from fresh
  on conflict (signal_id, hour) do update set observations = excluded.observations, score_first = excluded.score_first,
    score_last = excluded.score_last, score_max = excluded.score_max, comments_last = excluded.comments_last, views_last = excluded.views_last,
    score_velocity_mean = excluded.score_velocity_mean, comment_velocity_mean = excluded.comment_velocity_mean;
  return taken;
end $$;

-- Summarises one of so many pieces of one hour.
create function summarise_piece(hour timestamptz, piece integer, pieces integer) returns void language plpgsql as $$
begin
  perform ensure_hourly_partition((hour at time zone 'UTC')::date);
  insert into signal_metrics_hourly
  select h.signal_id, summarise_piece.hour, count(*), (array_agg(h.score order by h.observed_at))[1],
    (array_agg(h.score order by h.observed_at))[count(*)::int4], max(h.score), (array_agg(h.comments order by h.observed_at))[count(*)::int4],
    (array_agg(h.views order by h.observed_at))[count(*)::int4], avg(h.score_velocity), avg(h.comment_velocity)
  from signal_metrics_history h
  where h.observed_at >= summarise_piece.hour and h.observed_at < summarise_piece.hour + interval '1 hour'
    and (pieces = 1 or (hashtext(h.signal_id) & 2147483647) % pieces = piece)
  group by h.signal_id
  on conflict on constraint signal_metrics_hourly_pkey do update set observations = excluded.observations, score_first = excluded.score_first,
    score_last = excluded.score_last, score_max = excluded.score_max, comments_last = excluded.comments_last, views_last = excluded.views_last,
    score_velocity_mean = excluded.score_velocity_mean, comment_velocity_mean = excluded.comment_velocity_mean;
end $$;

-- One bounded step towards hourly summaries of all that was over five minutes before `as_of`; returns whether another has work at once.
-- Each step is a transaction of its own, and what it did not reach the next one does, after a crash too. One at a time: a second caller does nothing.
create function summarise_history(as_of timestamptz, marks integer default 5000, piece_rows integer default 100000) returns boolean
language plpgsql as $$
declare
  state history_hours;
  target timestamptz := date_bin('1 hour', as_of - interval '5 minutes', timestamptz 'epoch');
  busy boolean;
  found_rows bigint;
begin
  if (select relkind from pg_class where oid = 'signal_metrics_hourly'::regclass) <> 'p' then
    return false;
  end if;
  select * into state from history_hours for update skip locked;
  if not found then
    return false;
  end if;
  busy := summarise_touched(marks) = marks;
  case state.stage
    when 'open' then
      if state.closed_before >= target or history_begin() is null then
        return busy;
      end if;
      update history_hours set closed_before = target, stage = 'closing';
    when 'closing' then
      -- Every transaction that wrote before it could see the hours closed has a smaller number than this one.
      update history_hours set stage = 'settling', closed_by = pg_current_xact_id();
    when 'settling' then
      if pg_snapshot_xmin(pg_current_snapshot()) < state.closed_by then
        return busy;
      end if;
      update history_hours set stage = 'summing', closed_by = null, pieces = null,
        summarised_before = greatest(summarised_before, least(coalesce(history_begin(), closed_before), closed_before));
    when 'summing' then
      if state.pieces is null then
        -- Hours without history cost next to nothing.
        for empty in 1..1000 loop
          exit when state.summarised_before >= state.closed_before;
          select count(*) into found_rows from signal_metrics_history
          where observed_at >= state.summarised_before and observed_at < state.summarised_before + interval '1 hour';
          exit when found_rows > 0;
          state.summarised_before := state.summarised_before + interval '1 hour';
        end loop;
        if state.summarised_before >= state.closed_before then
          update history_hours set stage = 'open', summarised_before = state.closed_before;
          return true;
        end if;
        if found_rows = 0 then
          update history_hours set summarised_before = state.summarised_before;
          return true;
        end if;
        state.pieces := ceil(found_rows::float8 / piece_rows);
        state.piece := 0;
      end if;
      perform summarise_piece(state.summarised_before, state.piece, state.pieces);
      if state.piece + 1 < state.pieces then
        update history_hours set summarised_before = state.summarised_before, pieces = state.pieces, piece = state.piece + 1;
      else
        update history_hours set summarised_before = state.summarised_before + interval '1 hour', pieces = null, piece = null;
      end if;
  end case;
  return true;
end $$;
