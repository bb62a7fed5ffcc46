-- An index over workspace, lead and id answers a look-up by workspace and id too, by skipping through all leads, and while the tables
-- are small PostgreSQL 18 thinks that as good as the primary key. Statements and foreign keys keep the plan they began with, so a
-- start on an empty database grew slow with every lead. Without the id at the end the index is smaller as well; what belongs to one
-- lead is few rows to sort.
drop index visits_lead;
create index visits_lead on visits (workspace_id, lead_id);
drop index runs_lead;
create index runs_lead on runs (workspace_id, lead_id);
drop index messages_lead;
create index messages_lead on messages (workspace_id, lead_id);
drop index timeline_lead;
create index timeline_lead on timeline (workspace_id, lead_id);
