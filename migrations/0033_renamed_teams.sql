-- A team that has another name in force than the provider asked is searched by that one too. They are few.
create index teams_renamed on teams (org_id, id) where in_force_name <> display_name;
