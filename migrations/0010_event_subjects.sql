-- What each event is about, so that the history of a person, a team, a role, a license or a token is read by an index. An
-- array with a GIN index would not do: under row-level security only leakproof operators reach an index.

-- Almost every event is about one person, one team or both, and they are columns of its row. Whatever else it is about is a
-- subject such as `token:<id>` or `role:<key>`.
alter table events
  add column member_id uuid,
  add column team_id uuid,
  add column subject text collate "C";
create index events_of_member on events (org_id, member_id, seq) where member_id is not null;
create index events_of_team on events (org_id, team_id, seq) where team_id is not null;
create index events_of_subject on events (org_id, subject, seq) where subject is not null;

-- Who was there at an earlier time and is not remembered any more is found by the event of the removal.
create index events_removing_members on events (org_id, member_id) where kind = 'member.removed';
create index events_removing_teams on events (org_id, team_id) where kind = 'team.removed';

-- The subjects of an event that has several of a kind: the people of a change of a team, the two roles of a person.
create table event_subjects (
  org_id uuid not null,
  subject text collate "C" not null,
  seq bigint not null,
  at timestamptz not null,
  constraint event_subjects_pkey primary key (org_id, subject, seq, at)
) partition by range (at);
create table event_subjects_default partition of event_subjects default;

alter table event_subjects enable row level security, force row level security;
create policy entered on event_subjects to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
grant select, insert on event_subjects to rollcall_app;

-- The events that are there already. The owner may be a role that row-level security holds too.
alter table events no force row level security;
alter table event_subjects no force row level security;
update events set
  member_id = (case jsonb_typeof(data -> 'member') when 'object' then data -> 'member' ->> 'id' when 'string' then data ->> 'member' end)::uuid,
  team_id = (data -> 'team' ->> 'id')::uuid,
  subject = case
    when data -> 'token' ? 'id' then 'token:' || (data -> 'token' ->> 'id')
    when data -> 'key' ? 'id' then 'key:' || (data -> 'key' ->> 'id')
    when kind like 'role.%' then 'role:' || (data ->> 'role')
    when kind = 'license.seats_changed' then 'license:' || (data ->> 'license')
    when kind like 'connection.%' then 'connection:' || (data ->> 'connection')
    when kind like 'schema.%' then 'schema:' || (data -> 'schema' ->> 'id')
    when kind like 'resource_type.%' then 'resource_type:' || (data -> 'resourceType' ->> 'name')
    when kind like 'resource.%' then 'resource:' || (data -> 'resource' ->> 'id')
    when kind like 'policy.%' then 'policy'
    when kind like 'organization.%' then 'organization'
  end;
insert into event_subjects (org_id, subject, seq, at)
  select distinct e.org_id, 'member:' || x.id, e.seq, e.at
    from events e, lateral (
      select jsonb_array_elements_text(coalesce(e.data -> 'added', '[]') || coalesce(e.data -> 'removed', '[]')) as id
       where e.kind = 'team.members_changed'
      union all select p.id from jsonb_each(e.data -> 'pending') as w (rule, ids), jsonb_array_elements_text(w.ids) as p (id)
       where e.kind = 'team.members_changed'
      union all select c.change ->> 'member' from jsonb_array_elements(e.data -> 'changes') as c (change)
       where e.kind in ('member.role_changed', 'member.license_changed')) as x
   where e.kind in ('team.members_changed', 'member.role_changed', 'member.license_changed');
alter table events force row level security;
alter table event_subjects force row level security;
