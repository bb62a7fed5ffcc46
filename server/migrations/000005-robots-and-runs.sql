-- The robots of a stage, one immutable row a version: a run keeps the version it started with.
create table robot_lists (
  workspace_id text not null,
  stage_id text not null,
  version integer not null check (version > 0),
  robots jsonb not null,
  created_at timestamptz not null default now(),
  created_by text,
  primary key (workspace_id, stage_id, version),
  foreign key (workspace_id, stage_id) references stages (workspace_id, id) on delete cascade
);

create table visits (
  workspace_id text not null,
  id text not null,
  lead_id text not null,
  stage_id text not null,
  cause text not null check (cause in ('create', 'move', 'robot', 'import')),
  entered_at timestamptz not null default now(),
  left_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, lead_id) references leads (workspace_id, id) on delete cascade
);
-- A lead stays on one stage at a time.
create unique index visits_open on visits (workspace_id, lead_id) where left_at is null;
create index visits_lead on visits (workspace_id, lead_id, id);

create table runs (
  workspace_id text not null,
  id text not null,
  visit_id text not null,
  lead_id text not null,
  stage_id text not null,
  robots_version integer not null,
  status text not null default 'active' check (status in ('active', 'finished', 'cancelled')),
  open_chains integer not null check (open_chains >= 0),
  -- Whether some chain got a message accepted, and whether some chain ended silent because of E or U.
  answered boolean not null default false,
  unanswered boolean not null default false,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (workspace_id, id),
  -- One run a visit, however often a stage entry is told.
  unique (workspace_id, visit_id),
  foreign key (workspace_id, visit_id) references visits (workspace_id, id) on delete cascade
);
create index runs_lead on runs (workspace_id, lead_id, id);

create table chains (
  workspace_id text not null,
  id text not null,
  run_id text not null,
  visit_id text not null,
  lead_id text not null,
  position integer not null,
  status text not null default 'ready' check (status in ('ready', 'running', 'waiting', 'finished', 'cancelled')),
  -- Bumped by every claim and every takeover; whoever writes with an older epoch writes nothing.
  epoch integer not null default 0,
  worker_id text,
  -- Index in the chain of the robot to act next.
  next_step integer not null default 0,
  -- When somebody must look at the chain; the sweep finds the ones that nobody came for.
  wake_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, run_id, position),
  foreign key (workspace_id, run_id) references runs (workspace_id, id) on delete cascade
);
create index chains_visit on chains (workspace_id, visit_id) where status in ('ready', 'running', 'waiting');
create index chains_worker on chains (worker_id) where status = 'running';
create index chains_wake on chains (wake_at) where status in ('ready', 'waiting');

-- A step is written when it waits, acts or has ended; what is still ahead is read from the pinned robots.
create table steps (
  workspace_id text not null,
  chain_id text not null,
  position integer not null,
  run_id text not null,
  ref text not null,
  kind text not null,
  status text not null check (status in ('waiting', 'acting', 'done', 'skipped', 'failed', 'cancelled')),
  due_at timestamptz,
  attempts integer not null default 0,
  wait_reason text,
  compared jsonb,
  results jsonb not null default '{}',
  error text,
  started_at timestamptz,
  finished_at timestamptz,
  -- A robot ends exactly once.
  primary key (workspace_id, chain_id, position),
  check ((status in ('done', 'skipped', 'failed', 'cancelled')) = (finished_at is not null)),
  foreign key (workspace_id, chain_id) references chains (workspace_id, id) on delete cascade
);
create index steps_run on steps (workspace_id, run_id);
