-- One customer of the installation. Owns every row below; better-auth knows it as an organisation.
create table workspaces (
  id text primary key,
  name text not null check (length(name) between 1 and 200),
  slug text not null unique,
  logo text,
  metadata text,
  country text not null default 'RU' check (length(country) = 2),
  language text not null default 'ru' check (language in ('ru', 'en')),
  -- The same phone posted again within this time updates the lead instead of greeting it twice.
  duplicate_window_seconds integer not null default 600 check (duplicate_window_seconds between 0 and 31536000),
  created_at timestamptz not null default now()
);

create table idempotency_keys (
  workspace_id text not null references workspaces (id) on delete cascade,
  key text not null check (length(key) between 1 and 255),
  request_hash text not null,
  status integer not null,
  response jsonb not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);
