create table files (
  workspace_id text not null references workspaces (id) on delete cascade,
  id text not null,
  -- The unguessable part of the direct link.
  token text not null unique,
  name text not null check (length(name) between 1 and 255),
  mime text not null,
  size bigint not null default 0,
  status text not null default 'uploading' check (status in ('uploading', 'ready')),
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

-- The bytes live in the database, since it is the only thing that all processes share.
create table file_chunks (
  workspace_id text not null,
  file_id text not null,
  position integer not null,
  bytes bytea not null,
  primary key (workspace_id, file_id, position),
  foreign key (workspace_id, file_id) references files (workspace_id, id) on delete cascade
);
alter table file_chunks alter column bytes set storage external;

create table workers (
  id text primary key,
  -- The pool id under which graphile-worker locks jobs for this process; null while it only starts.
  pool_id text,
  hostname text not null,
  process_id integer not null,
  -- Key of the advisory lock that the worker holds on its own connection.
  lock_key bigint not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

create table lines (
  workspace_id text not null references workspaces (id) on delete cascade,
  id text not null,
  channel text not null,
  medium text not null check (medium in ('whatsapp', 'sms')),
  name text not null check (length(name) between 1 and 100),
  -- What the line's form holds, without its secrets.
  config jsonb not null default '{}',
  -- AES-256-GCM over the JSON of the secret values.
  secrets bytea,
  -- The secret part of the line's webhook address.
  hook_token text not null unique,
  state text not null default 'unknown' check (state in ('unknown', 'connecting', 'scan', 'working', 'offline', 'failed')),
  state_detail text,
  state_at timestamptz not null default now(),
  paused boolean not null default false,
  pace_interval_ms integer not null default 0 check (pace_interval_ms between 0 and 600000),
  -- The next free moment of the line's pace; every process takes its slot here.
  next_slot_at timestamptz not null default now(),
  -- The one worker that holds the line's connection (SMPP).
  owner_worker_id text references workers (id) on delete set null,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (workspace_id, id)
);

create table simulator_phones (
  workspace_id text not null references workspaces (id) on delete cascade,
  phone text not null,
  behaviour jsonb not null default '{}',
  primary key (workspace_id, phone)
);

create table simulator_messages (
  workspace_id text not null,
  id bigint generated always as identity,
  line_id text not null,
  message_id text not null,
  provider_id text not null,
  medium text not null,
  phone text not null,
  kind text not null,
  text text,
  file_name text,
  file_url text,
  received_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, line_id) references lines (workspace_id, id) on delete cascade
);
create index simulator_messages_phone on simulator_messages (workspace_id, phone, id);
create index simulator_messages_message on simulator_messages (workspace_id, message_id);

create table reachabilities (
  workspace_id text not null references workspaces (id) on delete cascade,
  phone text not null,
  medium text not null check (medium in ('whatsapp', 'sms')),
  verdict text not null check (verdict in ('yes', 'no')),
  source text not null check (source in ('check', 'send', 'inbound')),
  learned_at timestamptz not null default now(),
  primary key (workspace_id, phone, medium)
);
