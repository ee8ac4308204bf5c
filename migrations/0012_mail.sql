-- Mail that leaves, the links in it, and what admins are to be told.

-- A mail is written by the transaction that it is about. Its text is made when it is sent, since only then there is a link in
-- it, and is sealed: who reads the database cannot follow the link. What was sent keeps no text.
create table mails (
  org_id uuid not null constraint mails_organization references organizations (id) on delete cascade,
  id uuid not null,
  kind text not null,
  member_id uuid,
  recipient text not null,
  -- what the text says beside the names of the organization and of the link
  facts jsonb not null,
  state text not null constraint mails_state check (state in ('waiting', 'kept', 'sent', 'failed', 'withdrawn')),
  created_at timestamptz not null,
  -- when it is to be tried; whoever tries moves it ahead, so that nobody else does meanwhile
  due_at timestamptz not null,
  attempts integer not null default 0,
  subject text,
  sealed bytea,
  ended_at timestamptz,
  problem text,
  constraint mails_pkey primary key (org_id, id),
  constraint mails_member foreign key (org_id, member_id) references members (org_id, id) on delete cascade
) with (fillfactor = 70);
create index mails_due on mails (org_id, due_at) where state = 'waiting';
create index mails_of_member on mails (org_id, member_id, kind, id) where member_id is not null;

-- Of each purpose a person has at most one link that works: a newer mail takes its place. The link's text carries the
-- organization's id, as a token's does.
create table mail_links (
  org_id uuid not null constraint mail_links_organization references organizations (id) on delete cascade,
  member_id uuid not null,
  purpose text not null constraint mail_links_purpose check (purpose in ('invitation', 'email')),
  digest bytea not null,
  address text not null,
  expires_at timestamptz not null,
  constraint mail_links_pkey primary key (org_id, member_id, purpose),
  constraint mail_links_digest unique (org_id, digest),
  constraint mail_links_member foreign key (org_id, member_id) references members (org_id, id) on delete cascade
) with (fillfactor = 70);

-- What owners and admins are told by mail, gathered so that a bad night is a few mails and not thousands.
create table admin_alerts (
  org_id uuid not null constraint admin_alerts_organization references organizations (id) on delete cascade,
  id uuid not null,
  kind text not null,
  says text not null,
  at timestamptz not null,
  mailed_at timestamptz,
  constraint admin_alerts_pkey primary key (org_id, id)
) with (fillfactor = 70);
create index admin_alerts_waiting on admin_alerts (org_id, id) where mailed_at is null;
create index admin_alerts_mailed on admin_alerts (org_id, mailed_at);

alter table mails enable row level security, force row level security;
alter table mail_links enable row level security, force row level security;
alter table admin_alerts enable row level security, force row level security;

create policy entered on mails to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on mail_links to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);
create policy entered on admin_alerts to rollcall_app
  using (org_id = current_setting('rollcall.org')::uuid) with check (org_id = current_setting('rollcall.org')::uuid);

-- One look finds the organizations that have something to send.
create policy across on mails for select to rollcall_jobs using (true);
create policy across on admin_alerts for select to rollcall_jobs using (true);

grant select, insert, update, delete on mails, mail_links, admin_alerts to rollcall_app;
grant select (org_id, state, due_at) on mails to rollcall_jobs;
grant select (org_id, mailed_at) on admin_alerts to rollcall_jobs;
