-- When the newest event was, so that no event is said to have been before one with a lower number.
alter table event_counters add column last_at timestamptz;
