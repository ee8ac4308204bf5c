-- The people whose address waits for them to confirm it, in the order of a list.

create index members_confirming on members (org_id, id) where waiting_address is not null;
