-- The hottest first, and of what is older than a day only this index is read.
create index signals_hot on signals (heat desc, id desc, counted_at) where not hidden;
