-- Keys of the management API, and the answers of creations that may be asked for again.

-- The key's text carries the organization's id, so that the digest needs to be unique within the organization only. A key
-- with a member_id acts for that person: it is revoked in the transaction that takes the person out of force.
create table api_keys (
  org_id uuid not null constraint api_keys_organization references organizations (id) on delete cascade,
  digest bytea not null,
  id uuid not null,
  member_id uuid,
  name text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  last_used_address text,
  last_used_client text,
  constraint api_keys_pkey primary key (org_id, digest),
  constraint api_keys_id unique (org_id, id),
  constraint api_keys_member foreign key (org_id, member_id) references members (org_id, id) on delete cascade
) with (fillfactor = 70);
create index api_keys_of_member on api_keys (org_id, member_id) where member_id is not null and revoked_at is null;

-- What a creation with an Idempotency-Key answered, stored in the transaction of the creation itself. The answer is sealed
-- with a key that is made from the Idempotency-Key, which is not stored: an answer may hold a secret that is shown once.
create table idempotent_answers (
  org_id uuid not null constraint idempotent_answers_organization references organizations (id) on delete cascade,
  caller text not null,
  key_digest bytea not null,
  request_digest bytea not null,
  answer bytea not null,
  created_at timestamptz not null,
  constraint idempotent_answers_pkey primary key (org_id, caller, key_digest)
);
create index idempotent_answers_created on idempotent_answers (org_id, created_at);

alter table api_keys enable row level security, force row level security;
alter table idempotent_answers enable row level security, force row level security;

create policy entered on api_keys to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on idempotent_answers to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);

-- A process watches the feeds that are followed through it, and the keys that follow them, with one statement for all
-- organizations.
create policy across on api_keys for select to rollcall_jobs using (true);

grant select, insert, update on api_keys to rollcall_app;
grant select, insert, delete on idempotent_answers to rollcall_app;
grant select (org_id, id, expires_at, revoked_at) on api_keys to rollcall_jobs;

-- Those who are not active are few, and asked for by what they are; the list of all finds those who are.
create index members_status on members (org_id, status, id) where status <> 'active';
