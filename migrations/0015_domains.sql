-- Domains of e-mail addresses that an organization says are its own, and has shown by a DNS record.

create table domains (
  org_id uuid not null constraint domains_organization references organizations (id) on delete cascade,
  -- in its ASCII form, in lower case
  name text collate "C" not null,
  state text not null constraint domains_state check (state in ('pending', 'verified', 'lost')),
  -- what the record has to say
  token text not null,
  created_at timestamptz not null,
  checked_at timestamptz,
  -- when the record was last there
  proven_at timestamptz,
  -- how often in a row it was not
  failures integer not null default 0,
  problem text,
  -- when it is looked for again without being asked
  due_at timestamptz,
  constraint domains_pkey primary key (org_id, name)
) with (fillfactor = 70);
create index domains_due on domains (org_id, due_at) where due_at is not null;

-- Directory: a domain is one organization's at a time.
create table verified_domains (
  name text collate "C" constraint verified_domains_pkey primary key,
  org_id uuid not null
);

alter table domains enable row level security, force row level security;
create policy entered on domains to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
-- One look finds the records that are due.
create policy across on domains for select to rollcall_jobs using (true);

grant select, insert, update, delete on domains to rollcall_app;
grant select, insert, delete on verified_domains to rollcall_app;
grant select (org_id, name, due_at) on domains to rollcall_jobs;
