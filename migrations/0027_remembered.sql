-- Those who were removed and are remembered, the last ones first: all are remembered for the same time.
create index members_remembered on members (org_id, retained_until, id) where retained_until is not null;
create index teams_remembered on teams (org_id, retained_until, id) where retained_until is not null;
drop index teams_retained;
