-- Where whoever caused an event called from, for the audit: the row of the request that says it too is kept for weeks only.
alter table events add column address text;
