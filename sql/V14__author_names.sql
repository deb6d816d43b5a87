-- The name that people know an author by, where the author itself is an identifier. Only of authors who have signals; removed with the author.
create table author_names (
  platform text not null,
  author text not null,
  name text not null,
  at timestamptz not null,
  primary key (platform, author)
);
-- Planning needs nothing of it, and statistics would keep names of removed authors.
alter table author_names alter column name set statistics 0;
