-- What was asked is not always to be in force at once: a connection that observes or is paused holds it. Such rows differ in their two sides and say which batch holds them, so that putting them in force costs by their number.

create table held_batches (
  org_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  -- settling: being put in force, piece by piece; whoever finds it unfinished goes on
  state text not null constraint held_batches_state check (state in ('open', 'settling', 'released', 'discarded')),
  opened_at timestamptz not null,
  ended_at timestamptz,
  -- who let it go, as the events say it
  ended_by jsonb,
  constraint held_batches_pkey primary key (org_id, id),
  constraint held_batches_connection foreign key (org_id, connection_id) references connections (org_id, id) on delete cascade
);
create unique index held_batches_open on held_batches (org_id, connection_id) where state = 'open';
create index held_batches_under_way on held_batches (org_id, id) where state in ('open', 'settling');

alter table members
  drop constraint members_status,
  -- held: asked for, and not here yet
  add constraint members_status check (status in ('held', 'invited', 'active', 'suspended', 'removed')),
  add column held_by uuid,
  -- the request and the token that asked
  add column held_source jsonb;
create index members_held on members (org_id, held_by, id) where held_by is not null;

-- A team is asked for as long as it is not deleted, and here as long as it has a name in force.
alter table teams
  alter column in_force_name drop not null,
  add column held_by uuid,
  add column held_source jsonb;
create index teams_held on teams (org_id, held_by, id) where held_by is not null;

-- The owner may be a role that row-level security holds too.
alter table teams no force row level security;
update teams set in_force_name = null where deleted_at is not null;
alter table teams force row level security;

alter table team_members
  add column held_by uuid,
  add column held_source jsonb;
create index team_members_held on team_members (org_id, held_by, member_id, team_id) where held_by is not null;

alter table held_batches enable row level security, force row level security;

create policy entered on held_batches to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
-- The job that goes on with what was left unfinished finds its organizations.
create policy across on held_batches for select to rollcall_jobs using (true);

grant select, insert, update on held_batches to rollcall_app;
grant select on held_batches to rollcall_jobs;
