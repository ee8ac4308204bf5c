-- Whether a person was ever active: whoever was not has still to accept an invitation where one is required.
alter table members add column was_active boolean not null default false;
-- The owner may be a role that row-level security holds too.
alter table members no force row level security;
update members set was_active = true where status not in ('held', 'invited');
alter table members force row level security;
