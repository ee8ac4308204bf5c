-- Whether a resource is the organization's own or a provider's. One of a provider without a connection was handed over, and waits
-- for the next provider.
alter table resources add column origin text not null default 'provisioned'
  constraint resources_origin check (origin in ('local', 'provisioned'));
alter table resources no force row level security;
update resources set origin = 'local' where connection_id is null;
alter table resources force row level security;
alter table resources alter column origin drop default;
