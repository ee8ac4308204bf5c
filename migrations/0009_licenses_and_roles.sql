-- Roles and licenses: what admins said of them, and what is in force for each person.

-- Custom roles. The built-in ones (owner, admin, member, viewer) are in the code and never here. `needs` is the least
-- built-in role that may all that this one may; the ceilings of tokens are compared with it.
create table roles (
  org_id uuid not null constraint roles_organization references organizations (id) on delete cascade,
  key text not null,
  name text not null,
  permissions text[] not null,
  needs text not null constraint roles_needs check (needs in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint roles_pkey primary key (org_id, key)
);

-- License types with their seats; no limit is any number. A type is never deleted: one that the organization does not have
-- any more has no seats. The two checks are the rules themselves, so that no order of events can break them: seats are never
-- exceeded, and nobody waits while a seat is free. The row is written behind the organization's event counter.
create table license_seats (
  org_id uuid not null constraint license_seats_organization references organizations (id) on delete cascade,
  license text not null,
  precedence integer not null,
  seats_limit bigint,
  seats_used bigint not null default 0 constraint license_seats_used check (seats_used >= 0),
  waiting bigint not null default 0 constraint license_seats_waiting check (waiting >= 0),
  constraint license_seats_pkey primary key (org_id, license),
  constraint license_seats_limit check (seats_used <= seats_limit),
  constraint license_seats_nobody_waits check (waiting = 0 or seats_used >= seats_limit)
) with (fillfactor = 50);

-- Groups of a sign-in that give a license, by the name that the claim has.
create table license_groups (
  org_id uuid not null,
  group_name text not null,
  license text not null,
  created_at timestamptz not null,
  constraint license_groups_pkey primary key (org_id, group_name),
  constraint license_groups_license foreign key (org_id, license) references license_seats (org_id, license) on delete cascade
);

-- What organizations that are there already have by their plan.
insert into license_seats (org_id, license, precedence, seats_limit)
  select o.id, x.license, x.precedence, case o.plan when 'free' then x.free when 'pro' then x.pro else x.enterprise end
    from organizations o, (values
      ('developer', 1, 3, 50, null::bigint), ('analyst', 2, 0, 50, null), ('it', 3, 1, 1, 1), ('read_only', 4, null, null, null)
    ) as x (license, precedence, free, pro, enterprise);

-- The mappings of a team, and who put a person into it: the token, or nobody where an admin did.
alter table teams
  add column grants_role text,
  add column grants_license text;
create index teams_granting on teams (org_id, id) where grants_role is not null or grants_license is not null;
alter table team_members add column token_id uuid;

-- The strongest built-in role that mappings may give to people whom this token puts into teams.
alter table scim_tokens add column role_ceiling text not null default 'member'
  constraint scim_tokens_role_ceiling check (role_ceiling in ('owner', 'admin', 'member', 'viewer'));

alter table members
  -- said by an admin or at sign-in
  add column role_by_hand text
    constraint members_role_by_hand check (role_by_hand in ('owner', 'admin', 'member', 'viewer')),
  add column license_by_hand text,
  add column license_by_sign_in text,
  -- in force
  add column role text not null default 'viewer'
    constraint members_role check (role in ('owner', 'admin', 'member', 'viewer')),
  add column role_reason jsonb not null default '{"rule": "role-by-default"}',
  add column custom_roles text[] not null default '{}',
  add column license text,
  add column license_reason jsonb not null default '{"rule": "licenses-unused"}',
  add column waits_for text,
  add column waits_since timestamptz;
create index members_waiting on members (org_id, waits_for, waits_since, id) where waits_for is not null;
create index members_licensed on members (org_id, license, id) where license is not null;
create index members_administering on members (org_id, id) where role in ('owner', 'admin');

-- Active owners, and active people who can administer (owners and admins). An organization that has one keeps one: what
-- takes the last one away fails, in whatever order and however many do it at once.
alter table event_counters
  add column owners bigint not null default 0,
  add column admins bigint not null default 0,
  add column keeps_owner boolean not null default false,
  add column keeps_admin boolean not null default false,
  -- How often what decides about people was changed, and the state that the last change of them was made by: a process that
  -- still goes by an older policy fails and reads the new one.
  add column governed_version bigint not null default 0,
  add column governed_seen bigint not null default 0,
  add constraint event_counters_governed check (governed_seen = governed_version),
  add constraint event_counters_last_owner check (owners > 0 or not keeps_owner),
  add constraint event_counters_last_admin check (admins > 0 or not keeps_admin);

alter table roles enable row level security, force row level security;
alter table license_seats enable row level security, force row level security;
alter table license_groups enable row level security, force row level security;

create policy entered on roles to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on license_seats to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on license_groups to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);

grant select, insert, update, delete on roles, license_groups to rollcall_app;
grant select, insert, update on license_seats to rollcall_app;
