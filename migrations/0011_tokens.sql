-- SCIM tokens that may less than everything, from some addresses only, and that take over from one another.

alter table scim_tokens
  -- names of src/organization/token-scopes.ts
  add column scopes text[] not null default
    '{users:read,users:write,groups:read,groups:write,resources:read,resources:write,discovery:read}',
  -- ranges that it may be used from; none is anywhere
  add column addresses text[] not null default '{}',
  -- answers without an error that it has had, counted when its last use is noted
  add column good_calls bigint not null default 0,
  -- the token that it takes over from: that one is revoked when this one has had enough good calls
  add column replaces uuid,
  -- the last alert about its expiry, as the days that were left; null before the first
  add column alerted_days integer;

create unique index scim_tokens_replaces on scim_tokens (org_id, replaces) where replaces is not null and revoked_at is null;
create index scim_tokens_expiring on scim_tokens (org_id, expires_at) where revoked_at is null and expires_at is not null;

grant select (alerted_days) on scim_tokens to rollcall_jobs;
