-- Comparisons of what was asked with what is in force, of the whole organization: the newest of them, and the one that runs, with
-- how far it is. The report that was kept until now is made anew each night.
drop table reconciliations;
create table reconciliations (
  org_id uuid not null constraint reconciliations_organization references organizations (id) on delete cascade,
  id uuid not null,
  -- The moment that it shows.
  at timestamptz not null,
  actor jsonb not null,
  repairs boolean not null,
  progress jsonb not null,
  -- Whoever makes it says from time to time that it goes on; one of which nothing is heard has ended with its process.
  seen_at timestamptz not null,
  ended_at timestamptz,
  -- Why it did not do what was asked.
  problem text,
  report jsonb,
  -- Whether admins were told that something does not follow, by this one or by one before it since when it is so.
  is_told boolean not null default false,
  constraint reconciliations_pkey primary key (org_id, id)
);
-- One at a time.
create unique index reconciliations_running on reconciliations (org_id) where ended_at is null;

alter table reconciliations enable row level security, force row level security;
create policy entered on reconciliations to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
grant select, insert, update, delete on reconciliations to rollcall_app;
