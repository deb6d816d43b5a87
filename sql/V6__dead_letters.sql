-- How often a dead letter was sent to its topic again, and whether that was given up.
alter table dlq_events
  add column replays integer not null default 0,
  add column parked_at timestamptz;
create index dlq_events_key on dlq_events (key);
create index dlq_events_recent on dlq_events (last_failed_at desc, id desc);
