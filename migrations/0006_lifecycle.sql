-- The life of members and teams: what admins do beside the provider, what they hold still, and what is remembered of who left.

alter table members
  -- until when an admin may edit what the provider manages
  add column unlocked_until timestamptz,
  -- what an admin said about the provider taking the person over: nothing, and the policy decides; or once; or never
  add column linking text constraint members_linking check (linking in ('allowed', 'refused')),
  -- until when the person may accept the invitation
  add column invited_until timestamptz,
  -- until when somebody who was removed may come back as the person they were
  add column retained_until timestamptz,
  -- the teams that an admin had put somebody into who was removed
  add column left_teams uuid[] not null default '{}',
  -- Whether the row was written although it meets somebody whom it must not be written beside: an insert supposes that it does
  -- not, and need not ask.
  add column meets boolean not null default false constraint members_meets_nobody check (not meets);

alter table teams
  add column unlocked_until timestamptz,
  add column linking text constraint teams_linking check (linking in ('allowed', 'refused')),
  add column retained_until timestamptz;

-- What an admin said about a membership beside the provider: in it, out of it, or nothing.
alter table team_members add column by_hand boolean;

create index members_local on members (org_id, id) where origin = 'local' and deleted_at is null;
create index members_retained on members (org_id, user_name_key) where retained_until is not null;
create index teams_retained on teams (org_id, retained_until) where retained_until is not null;

grant delete on members, teams to rollcall_app;
