-- A connection can end for good. What becomes of what it provisioned is chosen then, and is carried out in pieces; whoever finds it unfinished goes on. The row stays, since the log, the feed and the people who were removed name it.

alter table connections
  drop constraint connections_state,
  add constraint connections_state check (state in ('off', 'observing', 'on', 'paused', 'disconnecting', 'disconnected')),
  add column choice text constraint connections_choice check (choice in ('keep', 'suspend', 'remove', 'hand-over')),
  add column ended_at timestamptz,
  -- who ends it, as the events say it
  add column ended_by jsonb;
create index connections_disconnecting on connections (org_id, id) where state = 'disconnecting';

create index resources_of_connection on resources (org_id, connection_id, id) where deleted_at is null;
