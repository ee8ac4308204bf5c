-- A name in force is held against those of other teams: what is asked has its unique index, and what an admin named otherwise has
-- not. The key is that of display_name_key. It is no unique index, since a team that is to go keeps its name while what holds its
-- end lasts, and the provider may have given the name to another one by then.
alter table teams
  add column in_force_name_key text collate "C",
  -- Whether the row was written although its name is that of another team: a check, since the statement that writes is the one that looks.
  add column meets boolean not null default false constraint teams_name_in_force check (not meets);
alter table teams no force row level security;
update teams set in_force_name_key = case when in_force_name = display_name then display_name_key else fold_case(in_force_name) end
  where in_force_name is not null;
alter table teams force row level security;
create index teams_in_force_name on teams (org_id, in_force_name_key) where in_force_name_key is not null;
