-- Signals as last observed, with what was read from their text.
create table signals (
  id text primary key,
  platform text not null,
  kind text not null,
  parent_id text,
  community text,
  author text,
  title text not null,
  body text not null,
  url text,
  permalink text not null,
  language text,
  score integer,
  comments integer,
  upvote_ratio double precision,
  reposts integer,
  views bigint,
  published_at timestamptz not null,
  observed_at timestamptz not null,
  received_at timestamptz not null,
  -- published_at, but never later than the signal was received: the time that windows count by.
  counted_at timestamptz not null,
  flair text,
  meta jsonb not null,
  sentiment_compound double precision,
  sentiment_label text,
  keywords text[] not null,
  entities text[] not null,
  topics text[] not null,
  fingerprint text,
  text_hash text not null,
  model integer not null,
  score_velocity double precision,
  comment_velocity double precision,
  trending_score double precision not null,
  is_trending boolean not null,
  heat double precision not null,
  hidden boolean not null default false
);
create index signals_feed on signals (counted_at desc, id desc);
create index signals_platform_feed on signals (platform, counted_at desc, id desc);
create index signals_community_feed on signals (community, counted_at desc, id desc) where community is not null;
create index signals_author on signals (platform, author);
create index signals_topics on signals using gin (topics);

-- Every observation that changed a count, insert-only. One partition a day.
create table signal_metrics_history (
  signal_id text not null,
  observed_at timestamptz not null,
  score integer,
  comments integer,
  views bigint,
  score_velocity double precision,
  comment_velocity double precision,
  primary key (signal_id, observed_at)
) partition by range (observed_at);

create function ensure_history_partition(day date) returns void language plpgsql as $$
declare
  name text := 'signal_metrics_history_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(name) is null then
    perform pg_advisory_xact_lock(hashtext('ensure_history_partition'));
    if to_regclass(name) is null then
      execute format(
        'create table %I partition of signal_metrics_history for values from (%L) to (%L)',
        name, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
    end if;
  end if;
end $$;

-- What is gone. A deleted author is a keyed hash, never a name. Checked on every write.
create table removals (
  target_kind text not null check (target_kind in ('signal', 'author')),
  target text not null,
  platform text not null,
  kind text not null check (kind in ('deleted', 'hidden')),
  at timestamptz not null,
  why text not null,
  -- An author who came back: what was observed before this moment stays gone, what is newer is welcome.
  restored_at timestamptz,
  primary key (target_kind, target)
);

-- Append-only marks: buckets whose windows must be computed again.
create table touched_windows (
  mark bigint generated always as identity primary key,
  platform text not null,
  bucket timestamptz not null
);

create table topic_timeseries (
  topic text not null,
  platform text not null,
  bucket timestamptz not null,
  signals integer not null,
  authors integer not null,
  sentiment_mean double precision,
  sentiment_n integer not null,
  score_mean double precision,
  score_n integer not null,
  velocity_mean double precision,
  velocity_n integer not null,
  primary key (topic, platform, bucket)
);
create index topic_timeseries_bucket on topic_timeseries (bucket, platform);

-- A platform's whole volume per bucket: what expectations are scaled by.
create table platform_timeseries (
  platform text not null,
  bucket timestamptz not null,
  signals integer not null,
  authors integer not null,
  primary key (platform, bucket)
);

-- The ranking that the last aggregation made; replaced as a whole.
create table topic_trends (
  topic text primary key,
  rank integer not null,
  as_of timestamptz not null,
  trend jsonb not null
);

-- Secrets of this installation that must be the same for every process.
create table instance_secrets (
  name text primary key,
  value text not null
);
