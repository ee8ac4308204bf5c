-- The events whose changes an event has undone.
alter table events add column undoes bigint[];
