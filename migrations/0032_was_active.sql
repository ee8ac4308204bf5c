-- Whether a person was ever active: whoever was not has still to accept an invitation where one is required.
alter table members add column was_active boolean not null default false;
update members set was_active = true where status not in ('held', 'invited');
