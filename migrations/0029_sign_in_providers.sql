-- Whom the people of an organization sign in with, as its admins said. What was taken back stays as a row that says so: it is
-- another thing to have lost a provider than never to have named one.

create table sign_in_providers (
  org_id uuid not null constraint sign_in_providers_organization references organizations (id) on delete cascade,
  provider text not null,
  -- the issuer (OpenID Connect) or the entity id (SAML)
  issuer text,
  declared_at timestamptz not null,
  removed_at timestamptz,
  constraint sign_in_providers_pkey primary key (org_id)
);

alter table sign_in_providers enable row level security, force row level security;
create policy entered on sign_in_providers to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);

grant select, insert, update on sign_in_providers to rollcall_app;
