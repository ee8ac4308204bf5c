-- The log of SCIM requests and the ordered feed of events. Both are partitioned by time, so that retention drops
-- partitions instead of deleting rows. The partitions themselves are made ahead by the maintenance job; the default
-- ones only make sure that nothing is ever refused for want of a partition.

-- A request's id is a UUIDv7, so its time is in the key and the table can be partitioned by it.
create table scim_requests (
  org_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  connection_id uuid,
  token_id uuid,
  token_name text,
  client text,
  address text,
  method text not null,
  path text not null,
  status integer not null,
  duration_us integer not null,
  request_body text,
  response_body text,
  detail text,
  resource_type text,
  resource_id uuid,
  changes jsonb not null,
  tolerances text[] not null,
  constraint scim_requests_pkey primary key (org_id, id)
) partition by range (id);
create table scim_requests_default partition of scim_requests default;

-- seq is unique within an organization because the organization's counter row says so; the time is in the key only
-- because a partitioned table's key must contain the partition column.
create table events (
  org_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  kind text not null,
  data jsonb not null,
  actor jsonb not null,
  request_id uuid,
  constraint events_pkey primary key (org_id, seq, at)
) partition by range (at);
create table events_default partition of events default;

alter table scim_requests enable row level security, force row level security;
alter table events enable row level security, force row level security;

create policy entered on scim_requests to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on events to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy across on scim_requests for select to rollcall_jobs using (true);

-- Append-only for the application: rows go by dropping their partition.
grant select, insert on scim_requests, events to rollcall_app;
grant select (org_id, id, at, status) on scim_requests to rollcall_jobs;
