-- The rankings of each platform alone, with that platform's own numbers; replaced as a whole, like topic_trends.
create table platform_trends (
  platform text not null,
  topic text not null,
  rank integer not null,
  as_of timestamptz not null,
  trend jsonb not null,
  primary key (platform, topic)
);
