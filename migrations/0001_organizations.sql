-- Organizations, the way to enter one, and what must be unique in the world.
--
-- Every table is one of two kinds. An organization table's keys begin with org_id, so that it can be distributed by
-- organization and so that row-level security can fence it. A directory table is tiny, read often and written rarely.
-- The two roles cannot log in: the server's session enters them when it connects.

do $$
begin
  if not exists (select from pg_roles where rolname = 'rollcall_app') then
    create role rollcall_app nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'rollcall_jobs') then
    create role rollcall_jobs nologin;
  end if;
exception when duplicate_object or unique_violation then
  null; -- another database of the same server was migrated at the same moment
end
$$;

do $$
begin
  -- From PostgreSQL 16 on, whoever makes a role may not act as it until it grants the role to itself.
  if not pg_has_role(current_user, 'rollcall_app', 'member') or not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant rollcall_app, rollcall_jobs to %I', current_user);
  end if;
end
$$;

grant usage on schema public to rollcall_app, rollcall_jobs;

-- The one place that holds how an organization is entered: a plain set_config would not reach the workers of a
-- distributed database, SET LOCAL does.
create function enter_organization(org uuid) returns void language plpgsql as $$
begin
  execute format('set local rollcall.org = %L', org);
end
$$;

create table organizations (
  id uuid constraint organizations_pkey primary key,
  name text not null,
  plan text not null constraint organizations_plan check (plan in ('free', 'pro', 'enterprise')),
  status text not null default 'active' constraint organizations_status check (status in ('active', 'suspended')),
  policy jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Directory: a slug is unique in the world. No foreign key, since a replicated table cannot refer to a distributed one.
create table organization_slugs (
  slug text constraint organization_slugs_pkey primary key,
  org_id uuid not null
);
create index organization_slugs_org on organization_slugs (org_id);

-- The hottest row of an organization, therefore alone: every writing transaction takes it last and raises last_seq by
-- the number of its events. The counts of live members and teams ride on the same update, so that a list knows its
-- exact total without counting.
create table event_counters (
  org_id uuid constraint event_counters_pkey primary key
    constraint event_counters_organization references organizations (id) on delete cascade,
  last_seq bigint not null,
  members bigint not null,
  teams bigint not null
) with (fillfactor = 50);

-- The link to one identity provider. Tokens belong to it, and so does everything that was provisioned through it.
create table connections (
  org_id uuid not null constraint connections_organization references organizations (id) on delete cascade,
  id uuid not null,
  provider text not null,
  scim_profile text not null,
  state text not null constraint connections_state check (state in ('off', 'observing', 'on', 'paused')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint connections_pkey primary key (org_id, id)
);

-- The token's text carries the organization's id, so that the digest needs to be unique within the organization only.
create table scim_tokens (
  org_id uuid not null,
  digest bytea not null,
  id uuid not null,
  connection_id uuid not null,
  name text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  last_used_address text,
  last_used_client text,
  constraint scim_tokens_pkey primary key (org_id, digest),
  constraint scim_tokens_id unique (org_id, id),
  constraint scim_tokens_connection foreign key (org_id, connection_id) references connections (org_id, id) on delete cascade
) with (fillfactor = 70);

-- Row-level security: the second wall between organizations. current_setting without its missing_ok argument makes
-- forgetting to enter an organization an error instead of an empty answer.
alter table organizations enable row level security, force row level security;
alter table event_counters enable row level security, force row level security;
alter table connections enable row level security, force row level security;
alter table scim_tokens enable row level security, force row level security;

create policy entered on organizations to rollcall_app
  using (id = current_setting('rollcall.org')::uuid) with check (id = current_setting('rollcall.org')::uuid);
create policy entered on event_counters to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on connections to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on scim_tokens to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);

-- The jobs role reads across organizations (which exist, how large they are, when they were last called) and never
-- writes; a policy of its own is narrower than BYPASSRLS and needs no superuser to grant.
create policy across on organizations for select to rollcall_jobs using (true);
create policy across on event_counters for select to rollcall_jobs using (true);
create policy across on connections for select to rollcall_jobs using (true);
create policy across on scim_tokens for select to rollcall_jobs using (true);

grant select, insert, update on organizations, event_counters, connections, scim_tokens to rollcall_app;
grant select, insert on organization_slugs to rollcall_app;
grant select on organizations, organization_slugs, event_counters, connections to rollcall_jobs;
grant select (org_id, id, name, created_at, expires_at, revoked_at, last_used_at) on scim_tokens to rollcall_jobs;
