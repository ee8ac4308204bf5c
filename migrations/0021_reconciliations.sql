-- The report of the last comparison of what was asked with what is in force, of the whole organization. One row for each.
create table reconciliations (
  org_id uuid not null constraint reconciliations_organization references organizations (id) on delete cascade,
  at timestamptz not null,
  report jsonb not null,
  constraint reconciliations_pkey primary key (org_id)
);

alter table reconciliations enable row level security, force row level security;
create policy entered on reconciliations to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
grant select, insert, update on reconciliations to rollcall_app;
