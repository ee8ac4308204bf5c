-- From where an organization is reached, and how its connection does.

-- One document for each organization, which is read when its version has changed.
create table address_lists (
  org_id uuid not null constraint address_lists_organization references organizations (id) on delete cascade,
  applies_to text not null constraint address_lists_applies_to check (applies_to in ('nothing', 'scim', 'scim-and-api')),
  -- an array of {range, effect, note, source}
  rules jsonb not null,
  version bigint not null,
  updated_at timestamptz not null,
  constraint address_lists_pkey primary key (org_id)
);

-- What the provider's requests were answered with, and what was noticed about them, counted by ten minutes, so that nobody has
-- to look through the log of requests. Written with the last uses of tokens, off the path of the requests.
create table traffic_counts (
  org_id uuid not null constraint traffic_counts_organization references organizations (id) on delete cascade,
  kind text not null constraint traffic_counts_kind check (kind in ('answer', 'sign')),
  bucket timestamptz not null,
  name text not null,
  count bigint not null,
  last_at timestamptz not null,
  last_request uuid not null,
  constraint traffic_counts_pkey primary key (org_id, kind, bucket, name)
) with (fillfactor = 50);

-- The last call before a silence that its organization was told of; null while the provider calls as it uses to.
alter table connections add column silent_since timestamptz;

-- Where what is in force is not what was asked: as few rows as there are differences.
create index members_differing on members (org_id, id) where deleted_at is null and asked_active <> (status = 'active');
create index team_members_differing on team_members (org_id, team_id, member_id) where asked <> in_force;

alter table address_lists enable row level security, force row level security;
alter table traffic_counts enable row level security, force row level security;
create policy entered on address_lists to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on traffic_counts to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
grant select, insert, update, delete on address_lists, traffic_counts to rollcall_app;
grant select (connection_id) on scim_tokens to rollcall_jobs;
