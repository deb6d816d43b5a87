-- Positions of sources keep ids, counts and times. What earlier versions stored in them, whole posts of Bluesky and names of YouTube channels, goes.
update source_cursors set position = jsonb_set(position, '{engagement,posts}', (
    select coalesce(jsonb_agg(case when jsonb_typeof(post) = 'object' and post ? 'signal'
      then (post - 'signal') || jsonb_build_object('id', post #> '{signal,id}', 'observedAt', post #> '{signal,observedAt}') else post end order by n), '[]')
    from jsonb_array_elements(position #> '{engagement,posts}') with ordinality as posts (post, n)))
where platform = 'bluesky' and jsonb_typeof(position #> '{engagement,posts}') = 'array';

update source_cursors set position = jsonb_set(position, '{videos}', (
    select coalesce(jsonb_agg(case when jsonb_typeof(video) = 'array' then video - 3 else video end order by n), '[]')
    from jsonb_array_elements(position -> 'videos') with ordinality as videos (video, n)))
where platform = 'youtube' and jsonb_typeof(position -> 'videos') = 'array';

-- Deletes the positions of a platform's targets that nobody watches any more, and of the platform when none is left; what was spent of a quota stays.
create function forget_orphaned_positions(of text) returns void language sql as $$
  delete from source_cursors k where k.platform = of and k.target <> 'quota' and not exists (
    select from source_configs c where c.platform = of
      and (k.target in (c.target, 'warm-start') or starts_with(k.target, c.target || '#')))
$$;
