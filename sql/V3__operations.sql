-- Messages that were set aside, unique by where they came from.
create table dlq_events (
  id bigint generated always as identity primary key,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key text,
  payload text not null,
  headers jsonb not null,
  error_class text not null check (error_class in ('validation', 'transient', 'permanent')),
  error text not null,
  attempts integer not null default 1,
  first_failed_at timestamptz not null,
  last_failed_at timestamptz not null,
  replayed_at timestamptz,
  unique (topic, partition, "offset")
);

create table source_configs (
  platform text not null,
  target text not null,
  tier text not null check (tier in ('fast', 'medium', 'slow')),
  interval_ms integer,
  options jsonb not null default '{}',
  active boolean not null default true,
  shard integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (platform, target)
);

-- How far a source has read. The position belongs to the source; it moves only after the bus has acknowledged.
create table source_cursors (
  platform text not null,
  target text not null,
  position jsonb not null,
  updated_at timestamptz not null,
  primary key (platform, target)
);

create table source_health (
  platform text not null,
  target text not null,
  state text not null check (state in ('live', 'degraded', 'off')),
  why text,
  last_success timestamptz,
  lag_ms bigint,
  read_until timestamptz,
  quota_left integer,
  warm_start double precision,
  at timestamptz not null,
  primary key (platform, target)
);

-- One row per run of a program that has rounds (aggregation, retention).
create table pipeline_runs (
  id bigint generated always as identity primary key,
  program text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  detail jsonb not null default '{}'
);
create index pipeline_runs_program on pipeline_runs (program, started_at desc);
