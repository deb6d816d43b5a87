-- The embedded bus: a partitioned log with groups.

-- The head of each partition. Who publishes holds its row from taking offsets to commit, so offsets become visible in order.
create table bus_partitions (
  topic text not null,
  partition integer not null,
  next_offset bigint not null default 0,
  -- Everything before it was trimmed.
  first_offset bigint not null default 0,
  primary key (topic, partition)
) with (fillfactor = 50);

create table bus_messages (
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key text not null,
  -- JSON as it was published. As text: jsonb refuses what upstreams really send.
  value text not null,
  headers text not null,
  published_at timestamptz not null,
  primary key (topic, partition, "offset")
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
create index bus_messages_key on bus_messages (topic, key);

create table bus_groups (
  "group" text not null,
  topic text not null,
  registered_at timestamptz not null,
  seen_at timestamptz not null,
  -- Nothing is kept for it any more; it is told of the gap when it returns.
  expired_at timestamptz,
  primary key ("group", topic)
);

create table bus_offsets (
  "group" text not null,
  topic text not null,
  partition integer not null,
  committed bigint not null,
  -- Where the group stood when it expired, until it was told.
  gap_from bigint,
  primary key ("group", topic, partition)
) with (fillfactor = 50);
