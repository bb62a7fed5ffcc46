-- better-auth's tables under our names; accounts/auth.ts maps them and a test compares the columns.
create table users (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  two_factor_enabled boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table sessions (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  active_workspace_id text references workspaces (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index sessions_user on sessions (user_id);
create index sessions_active_workspace on sessions (active_workspace_id);

-- How a user proves who they are; for a password, provider_id is 'credential'.
create table credentials (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index credentials_user on credentials (user_id);

create table verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verifications_identifier on verifications (identifier);

create table two_factors (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  secret text not null,
  backup_codes text not null,
  verified boolean not null default true,
  failed_verification_count integer not null default 0,
  locked_until timestamptz
);
create index two_factors_user on two_factors (user_id);
create index two_factors_secret on two_factors (secret);

-- Attempts by address or e-mail, counted in windows; shared by all processes. Ours: better-auth counts through it.
create table rate_limits (
  key text primary key,
  count integer not null,
  ends_at timestamptz not null
);
create index rate_limits_ends_at on rate_limits (ends_at);

create table members (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'manager', 'agent')),
  created_at timestamptz not null default now(),
  unique (workspace_id, user_id)
);
create index members_user on members (user_id);

create table invitations (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'manager', 'agent')),
  status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected', 'canceled')),
  -- Null when an API key invited.
  inviter_id text references users (id) on delete cascade,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  unique (workspace_id, id)
);
create index invitations_email on invitations (email);

create table api_keys (
  id text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  -- What a request with this key may do; ours, better-auth does not know it.
  role text not null default 'admin' check (role in ('owner', 'admin', 'manager', 'agent')),
  -- SHA-256 of the key: it is random, so nothing slower is needed.
  key_hash text not null unique,
  start text,
  prefix text,
  config_id text not null default 'default',
  enabled boolean not null default true,
  expires_at timestamptz,
  rate_limit_enabled boolean not null default false,
  rate_limit_time_window integer,
  rate_limit_max integer,
  request_count integer not null default 0,
  remaining integer,
  refill_interval integer,
  refill_amount integer,
  last_refill_at timestamptz,
  last_request timestamptz,
  permissions text,
  metadata text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index api_keys_workspace on api_keys (workspace_id);

-- Links that let somebody in once: the first owner, somebody invited, somebody who forgot the password.
create table sign_in_links (
  token_hash text primary key,
  workspace_id text not null references workspaces (id) on delete cascade,
  purpose text not null check (purpose in ('first-start', 'reset', 'invite')),
  user_id text references users (id) on delete cascade,
  invitation_id text,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now(),
  foreign key (workspace_id, invitation_id) references invitations (workspace_id, id) on delete cascade,
  check ((purpose = 'reset') = (user_id is not null)),
  check ((purpose = 'invite') = (invitation_id is not null))
);
create index sign_in_links_workspace on sign_in_links (workspace_id);
create index sign_in_links_user on sign_in_links (user_id);
