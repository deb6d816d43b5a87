-- Planning needs nothing of these columns, and statistics would keep whole texts of what was removed.
do $migration$
declare
  kept record;
begin
  for kept in select * from (values ('signals', 'title'), ('signals', 'body'), ('signals', 'url'), ('signals', 'permalink'), ('signals', 'flair'),
    ('bus_messages', 'value'), ('bus_messages', 'headers'), ('dlq_events', 'payload'), ('dlq_events', 'headers'), ('dlq_events', 'error'),
    ('source_cursors', 'position'), ('topic_trends', 'trend')) as columns (of, name)
  loop
    execute format('alter table %I alter column %I set statistics 0', kept.of, kept.name);
  end loop;
end $migration$;
