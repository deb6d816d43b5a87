-- Replies to a removed author are found by whom they answer, where the id of what they answer names its author.
create index signals_parent on signals (parent_id collate "C") where parent_id is not null;
create index removals_at on removals (at);
