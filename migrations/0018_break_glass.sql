-- People whom an admin set apart as a way in: no request of the provider touches them.

alter table members add column break_glass boolean not null default false;
create index members_break_glass on members (org_id, id) where break_glass;
