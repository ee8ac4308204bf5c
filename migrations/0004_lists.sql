-- Lists that are searched by a beginning, sorted and continued by index.
--
-- Under row-level security only leakproof operators reach an index: the comparisons of text, timestamps and uuids are,
-- LIKE is not. A beginning is therefore a range of keys, and ranges need the order of code points, whatever the
-- collation of the database. The same order is what sortBy promises, so one index serves both.

alter table members alter column user_name_key type text collate "C";
alter table member_emails alter column value_key type text collate "C";
alter table teams alter column display_name_key type text collate "C";

alter table members add column display_name_key text collate "C";

-- The owner may be a role that row-level security holds too. The key of a name with letters beyond ASCII is made exact by
-- the member's next change.
alter table members no force row level security;
update members set display_name_key = left(normalize(lower(display_name), nfc), 512) where display_name is not null;
alter table members force row level security;

create index members_display_name on members (org_id, display_name_key, id) where deleted_at is null;
create index members_created on members (org_id, created_at, id) where deleted_at is null;
create index members_last_modified on members (org_id, updated_at, id) where deleted_at is null;
