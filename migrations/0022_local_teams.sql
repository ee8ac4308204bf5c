-- The teams that an admin made, in the order of a list, however many the provider pushed beside them.

create index teams_local on teams (org_id, id) where origin = 'local' and deleted_at is null;
