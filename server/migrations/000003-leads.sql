create table stages (
  workspace_id text not null references workspaces (id) on delete cascade,
  id text not null,
  name text not null check (length(name) between 1 and 100),
  color text not null default '#8a94a6' check (color ~ '^#[0-9a-f]{6}$'),
  meaning text not null default 'in_progress' check (meaning in ('in_progress', 'success', 'failure')),
  position integer not null,
  -- The version of the stage's robots that the next run takes; 0 while it has none.
  robots_version integer not null default 0,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

create table fields (
  workspace_id text not null references workspaces (id) on delete cascade,
  id text not null,
  code text not null check (code ~ '^[a-z][a-z0-9_]{0,49}$'),
  name text not null check (length(name) between 1 and 100),
  type text not null check (type in ('string', 'number', 'yes-no', 'date', 'list')),
  options jsonb not null default '[]',
  position integer not null,
  on_card boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, code),
  unique (workspace_id, name)
);

create table leads (
  workspace_id text not null,
  id text not null,
  title text not null,
  name text,
  email text,
  source text,
  stage_id text not null,
  responsible_id text,
  fields jsonb not null default '{}',
  -- «Без ответа»: a run ended without any message because of E or U; emptied by the next accepted message.
  unanswered_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, stage_id) references stages (workspace_id, id)
);
create index leads_stage on leads (workspace_id, stage_id, id);

create table phones (
  workspace_id text not null,
  lead_id text not null,
  position integer not null check (position between 0 and 49),
  value text not null check (value ~ '^\+[1-9][0-9]{5,14}$'),
  type text not null default 'WORK' check (type in ('WORK', 'MOBILE', 'HOME', 'MAILING', 'OTHER')),
  primary key (workspace_id, lead_id, position),
  foreign key (workspace_id, lead_id) references leads (workspace_id, id) on delete cascade
);
create index phones_value on phones (workspace_id, value);

-- Who was greeted last on a phone. The primary key is what keeps two posts of one phone from making two leads.
create table phone_claims (
  workspace_id text not null references workspaces (id) on delete cascade,
  phone text not null,
  lead_id text not null,
  claimed_at timestamptz not null default now(),
  primary key (workspace_id, phone),
  -- A phone is claimed before its lead is written.
  foreign key (workspace_id, lead_id) references leads (workspace_id, id) on delete cascade deferrable initially deferred
);
create index phone_claims_claimed_at on phone_claims (claimed_at);
create index phone_claims_lead on phone_claims (workspace_id, lead_id);

create table timeline (
  workspace_id text not null,
  id text not null,
  lead_id text not null,
  kind text not null,
  data jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, lead_id) references leads (workspace_id, id) on delete cascade
);
create index timeline_lead on timeline (workspace_id, lead_id, id);
