create table users (
  name text primary key,
  role text not null check (role in ('viewer', 'analyst', 'admin')),
  created_at timestamptz not null default now()
);

-- Single-use codes of sign-in links, as SHA-256.
create table link_codes (
  code_hash text primary key,
  user_name text not null references users (name) on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Rotating refresh tokens, as SHA-256. Reuse of a spent one revokes its family.
create table refresh_tokens (
  token_hash text primary key,
  family uuid not null,
  user_name text not null references users (name) on delete cascade,
  expires_at timestamptz not null,
  spent_at timestamptz,
  revoked_at timestamptz
);
create index refresh_tokens_family on refresh_tokens (family);
