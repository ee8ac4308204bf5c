-- Who and what is still here though the provider has deleted it, because that is held: whoever comes under the same name or external
-- id waits with it, or takes its place.
create index members_going on members (org_id, user_name_key)
  where deleted_at is not null and held_by is not null and status <> 'removed';
create index members_going_external_id on members (org_id, external_id)
  where deleted_at is not null and held_by is not null and status <> 'removed';
create index teams_going on teams (org_id, in_force_name_key)
  where deleted_at is not null and held_by is not null and in_force_name is not null;
create index teams_going_external_id on teams (org_id, external_id)
  where deleted_at is not null and held_by is not null and in_force_name is not null;
