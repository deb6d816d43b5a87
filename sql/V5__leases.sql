-- Who alone may do something (aggregate, ingest one shard). The token changes at a takeover only; writers lock its row FOR SHARE.
create table leases (
  name text primary key,
  token bigint not null,
  holder text not null,
  taken_at timestamptz not null
);

-- How long it is held, renewed often: a row of its own, so that a renewal waits for no writer. The backend is the holder's
-- connection: where it is gone, so is the holder, and nobody need wait for the expiry.
create table lease_expiries (
  name text primary key references leases (name) on delete cascade,
  token bigint not null,
  expires_at timestamptz not null,
  backend_pid integer,
  backend_start timestamptz
);
