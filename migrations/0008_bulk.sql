-- Each operation of a bulk has a row of its own in the request log, as a request of its own would have. It names the row of
-- the bulk and its place in it, from 0.

alter table scim_requests add column bulk_id uuid, add column bulk_index integer;
alter table scim_requests add constraint scim_requests_bulk_whole check ((bulk_id is null) = (bulk_index is null));

create index scim_requests_bulk on scim_requests (org_id, bulk_id, id) where bulk_id is not null;
