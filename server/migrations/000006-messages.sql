create table messages (
  workspace_id text not null,
  id text not null,
  lead_id text not null,
  line_id text not null,
  -- The step that wants it; null when written by hand.
  chain_id text,
  step_position integer,
  recipient integer not null default 0,
  medium text not null check (medium in ('whatsapp', 'sms')),
  kind text not null check (kind in ('text', 'file')),
  phone text not null,
  -- The text, or the caption of a file.
  text text,
  file_id text,
  file_url text,
  file_name text,
  file_mime text,
  status text not null check (status in
    ('queued', 'sending', 'accepted', 'delivered', 'read', 'refused', 'failed', 'uncertain', 'cancelled')),
  -- Counts intents; an outcome is written only for the attempt it belongs to.
  attempt integer not null default 0,
  worker_id text,
  provider_id text,
  reason text,
  error text,
  created_at timestamptz not null default now(),
  sending_at timestamptz,
  accepted_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  finished_at timestamptz,
  -- A queued one that was put off is not sent before this.
  send_after timestamptz,
  -- When an uncertain one is looked up next; null when there is nothing to ask.
  look_up_at timestamptz,
  look_ups integer not null default 0,
  primary key (workspace_id, id),
  foreign key (workspace_id, lead_id) references leads (workspace_id, id) on delete cascade,
  foreign key (workspace_id, line_id) references lines (workspace_id, id),
  foreign key (workspace_id, chain_id) references chains (workspace_id, id) on delete cascade
);
-- One message for one step and recipient, whatever runs twice.
create unique index messages_step on messages (workspace_id, chain_id, step_position, recipient) where chain_id is not null;
create index messages_lead on messages (workspace_id, lead_id, id);
create index messages_provider on messages (workspace_id, line_id, provider_id) where provider_id is not null;
create index messages_open on messages (workspace_id, line_id, id) where status in ('queued', 'sending', 'uncertain');
create index messages_worker on messages (worker_id) where status = 'sending';
create index messages_look_up on messages (look_up_at) where status = 'uncertain' and look_up_at is not null;

-- The pieces of a message that left in several (long SMS), each with the provider's id of its own.
create table message_parts (
  workspace_id text not null,
  line_id text not null,
  provider_id text not null,
  message_id text not null,
  part integer not null,
  status text not null default 'accepted' check (status in ('accepted', 'delivered', 'read', 'failed')),
  primary key (workspace_id, line_id, provider_id),
  foreign key (workspace_id, message_id) references messages (workspace_id, id) on delete cascade
);
create index message_parts_message on message_parts (workspace_id, message_id);

-- What providers said of messages. One without a message waits: a receipt may come before the answer to the send.
create table receipts (
  workspace_id text not null,
  id text not null,
  line_id text not null,
  event_key text not null,
  provider_id text not null,
  status text not null check (status in ('accepted', 'delivered', 'read', 'failed')),
  reason text,
  error text,
  message_id text,
  occurred_at timestamptz,
  received_at timestamptz not null default now(),
  primary key (workspace_id, id),
  -- The same event told twice is one receipt.
  unique (workspace_id, line_id, event_key),
  foreign key (workspace_id, line_id) references lines (workspace_id, id) on delete cascade
);
create index receipts_unmatched on receipts (received_at) where message_id is null;
create index receipts_provider on receipts (workspace_id, line_id, provider_id) where message_id is null;

create table webhook_events (
  workspace_id text not null,
  id text not null,
  line_id text not null,
  headers jsonb not null,
  body bytea not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  error text,
  primary key (workspace_id, id),
  foreign key (workspace_id, line_id) references lines (workspace_id, id) on delete cascade
);
create index webhook_events_open on webhook_events (received_at) where processed_at is null;
