-- Members and teams, both sides of each fact in one row: what the identity provider asked, and what is in force.
-- Ids are UUIDv7 and grow with time, so that (org_id, id) is also the stable order of lists.

create table members (
  org_id uuid not null constraint members_organization references organizations (id) on delete cascade,
  id uuid not null,
  connection_id uuid,
  -- asked: the SCIM resource as the provider wrote it (without id, meta, groups, password), and what of it is searched
  scim jsonb not null,
  user_name text not null,
  user_name_key text not null,
  external_id text,
  display_name text,
  asked_active boolean not null,
  -- in force: what the organization grants now, and why
  status text not null constraint members_status check (status in ('invited', 'active', 'suspended', 'removed')),
  status_reason jsonb not null,
  in_force_name text not null,
  in_force_email text,
  origin text not null constraint members_origin check (origin in ('local', 'provisioned', 'claimed')),
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint members_pkey primary key (org_id, id),
  constraint members_connection foreign key (org_id, connection_id) references connections (org_id, id)
) with (fillfactor = 85);
create unique index members_user_name on members (org_id, user_name_key) where deleted_at is null;
create unique index members_external_id on members (org_id, connection_id, external_id) where deleted_at is null;
create index members_external_id_search on members (org_id, external_id) where deleted_at is null;

-- One row per distinct e-mail address of a member. An array with an index of its own would not serve: under row-level
-- security only leakproof operators may reach an index, and equality of text is one, containment of arrays is not.
create table member_emails (
  org_id uuid not null,
  member_id uuid not null,
  value_key text not null,
  constraint member_emails_pkey primary key (org_id, member_id, value_key),
  constraint member_emails_member foreign key (org_id, member_id) references members (org_id, id) on delete cascade
);
create index member_emails_value on member_emails (org_id, value_key, member_id);

create table teams (
  org_id uuid not null constraint teams_organization references organizations (id) on delete cascade,
  id uuid not null,
  connection_id uuid,
  -- asked
  scim jsonb not null,
  display_name text not null,
  display_name_key text not null,
  external_id text,
  -- in force
  in_force_name text not null,
  origin text not null constraint teams_origin check (origin in ('local', 'synced', 'linked')),
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint teams_pkey primary key (org_id, id),
  constraint teams_connection foreign key (org_id, connection_id) references connections (org_id, id)
) with (fillfactor = 70);
create unique index teams_display_name on teams (org_id, display_name_key) where deleted_at is null;
create unique index teams_external_id on teams (org_id, connection_id, external_id) where deleted_at is null;
create index teams_external_id_search on teams (org_id, external_id) where deleted_at is null;

-- One row per member of a team: adding or removing one costs the same whatever the size of the team.
create table team_members (
  org_id uuid not null,
  team_id uuid not null,
  member_id uuid not null,
  asked boolean not null,
  in_force boolean not null,
  reason jsonb not null,
  constraint team_members_pkey primary key (org_id, team_id, member_id),
  constraint team_members_team foreign key (org_id, team_id) references teams (org_id, id) on delete cascade,
  constraint team_members_member foreign key (org_id, member_id) references members (org_id, id) on delete cascade
);
create index team_members_of_member on team_members (org_id, member_id, team_id);

alter table members enable row level security, force row level security;
alter table member_emails enable row level security, force row level security;
alter table teams enable row level security, force row level security;
alter table team_members enable row level security, force row level security;

create policy entered on members to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on member_emails to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on teams to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on team_members to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);

grant select, insert, update on members, teams to rollcall_app;
grant select, insert, update, delete on member_emails, team_members to rollcall_app;
