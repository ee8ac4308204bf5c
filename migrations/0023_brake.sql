-- The brake on mass removal: what requests took out of force lately is counted beside the number of the last event, and a request that goes beyond what the organization lets happen fails on a check, to be held instead.

alter table event_counters
  -- the beginning of the window, and what was counted in it and in the one before, by kind (src/organization/brake.ts)
  add column brake_since timestamptz,
  add column brake_now int[] not null default '{0,0,0,0,0}',
  add column brake_before int[] not null default '{0,0,0,0,0}',
  add column brake_over boolean not null default false,
  add constraint event_counters_brake check (not brake_over);

alter table held_batches
  add column cause text not null default 'connection'
    constraint held_batches_cause check (cause in ('connection', 'brake')),
  -- what the brake holds from now on
  add column kinds text[] not null default '{}';
drop index held_batches_open;
create unique index held_batches_open on held_batches (org_id, connection_id, cause) where state = 'open';
