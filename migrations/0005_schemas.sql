-- What organizations define for themselves: schemas, resource types, and the resources of those types.

-- A schema with the resource types that it extends, and a resource type, each as one document. Keys are the URN and the
-- name in lower case.
create table schema_definitions (
  org_id uuid not null constraint schema_definitions_organization references organizations (id) on delete cascade,
  urn_key text not null,
  definition jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint schema_definitions_pkey primary key (org_id, urn_key)
);

create table resource_type_definitions (
  org_id uuid not null constraint resource_types_organization references organizations (id) on delete cascade,
  name_key text not null,
  definition jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint resource_type_definitions_pkey primary key (org_id, name_key)
);

-- Which definitions are in force. It stands on the counter's row, which every change of a resource locks: a change of the
-- definitions takes that lock first, so that it sees all that was stored under the old ones, and what is stored under them
-- later is refused.
alter table event_counters add column schemas_version bigint not null default 0;

-- Resources of all types but users and groups.
create table resources (
  org_id uuid not null constraint resources_organization references organizations (id) on delete cascade,
  resource_type text not null,
  id uuid not null,
  connection_id uuid,
  scim jsonb not null,
  external_id text,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint resources_pkey primary key (org_id, resource_type, id),
  constraint resources_connection foreign key (org_id, connection_id) references connections (org_id, id)
) with (fillfactor = 85);
create unique index resources_external_id on resources (org_id, resource_type, connection_id, external_id)
  where deleted_at is null;
create index resources_external_id_search on resources (org_id, resource_type, external_id) where deleted_at is null;

-- One row per distinct value of a defined attribute: what equality in a filter probes, and what keeps values unique. A table
-- of its own because equality of text is leakproof, so that it reaches an index under row-level security.
create table attribute_values (
  org_id uuid not null constraint attribute_values_organization references organizations (id) on delete cascade,
  resource_type text not null,
  attribute text not null,
  value_key text collate "C" not null,
  resource_id uuid not null,
  unique_in text,
  constraint attribute_values_pkey primary key (org_id, resource_type, attribute, value_key, resource_id)
);
create unique index attribute_values_unique on attribute_values (org_id, attribute, unique_in, value_key)
  where unique_in is not null;
create index attribute_values_of_resource on attribute_values (org_id, resource_type, resource_id);

alter table schema_definitions enable row level security, force row level security;
alter table resource_type_definitions enable row level security, force row level security;
alter table resources enable row level security, force row level security;
alter table attribute_values enable row level security, force row level security;

create policy entered on schema_definitions to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on resource_type_definitions to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on resources to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on attribute_values to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);

grant select, insert, update, delete on schema_definitions, resource_type_definitions, attribute_values to rollcall_app;
grant select, insert, update on resources to rollcall_app;
