-- With the teams that go, those that the provider has renamed and that keep their names in force because that is held: whoever comes
-- under such a name waits with it.
drop index teams_going;
create index teams_going on teams (org_id, in_force_name_key)
  where held_by is not null and in_force_name_key is not null and (deleted_at is not null or in_force_name_key <> display_name_key);
