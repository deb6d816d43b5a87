-- Signals that name no author were counted as an author each; now they are one, their outlet. Counts again every bucket that has such
-- signals; the placeholders that feeds write for a name are corrected as their buckets are touched.
insert into touched_windows (platform, bucket)
select distinct platform, date_bin('15 minutes', counted_at, timestamptz 'epoch') from signals where author is null or btrim(author) = '';
