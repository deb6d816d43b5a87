-- How often a dead letter was sent to its topic again, and whether that was given up.
alter table dlq_events
  add column replays integer not null default 0,
  add column parked_at timestamptz,
  -- What of it is not as it was received (cut, or rewritten where text cannot hold it); such a message is not replayed.
  add column altered text,
  -- Thrown away: emptied, and kept so that its record, read late, does not bring it back.
  add column discarded_at timestamptz,
  -- Keyed hashes of the authors that its payload names: what a removed author wrote must go, readable or not.
  add column author_keys text[] not null default '{}';
create index dlq_events_key on dlq_events (key);
create index dlq_events_recent on dlq_events (last_failed_at desc, id desc);
create index dlq_events_authors on dlq_events using gin (author_keys);
