-- That the provider asked to take over somebody whom another one handed over, or a team of its name, and the connection holds that.
alter table members
  drop constraint members_linking,
  add constraint members_linking check (linking in ('allowed', 'refused', 'asked'));
alter table teams
  drop constraint teams_linking,
  add constraint teams_linking check (linking in ('allowed', 'refused', 'asked'));
create index members_handed_over on members (org_id, id)
  where connection_id is null and origin <> 'local' and deleted_at is null;
