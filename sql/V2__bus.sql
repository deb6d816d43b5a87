-- The embedded bus: a partitioned log with groups.
create table bus_partitions (
  topic text not null,
  partition integer not null,
  next_offset bigint not null default 0,
  primary key (topic, partition)
);

create table bus_messages (
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key text not null,
  value text not null,
  headers jsonb not null,
  published_at timestamptz not null,
  primary key (topic, partition, "offset")
);
create index bus_messages_key on bus_messages (topic, key);

create table bus_groups (
  "group" text not null,
  topic text not null,
  registered_at timestamptz not null,
  seen_at timestamptz not null,
  primary key ("group", topic)
);

create table bus_offsets (
  "group" text not null,
  topic text not null,
  partition integer not null,
  committed bigint not null,
  primary key ("group", topic, partition)
);
