-- A local team that the provider came upon and that waits for an admin's word: since when, and by which request.

alter table teams
  add column link_asked_at timestamptz,
  add column link_asked_by uuid;
create index teams_link_asked on teams (org_id, id) where link_asked_at is not null;
