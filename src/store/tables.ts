/**
 * Every table of the product, by kind (migrations/0001_organizations.sql). An organization table's keys begin with the
 * organization and row-level security fences it; a directory table holds what must be unique in the world. The names are
 * those that statements use: partitions belong to their table.
 */
export const tables = {
  organization: [
    'organizations',
    'event_counters',
    'connections',
    'held_batches',
    'scim_tokens',
    'address_lists',
    'traffic_counts',
    'members',
    'member_emails',
    'teams',
    'team_members',
    'scim_requests',
    'events',
    'event_subjects',
    'api_keys',
    'idempotent_answers',
    'roles',
    'license_seats',
    'license_groups',
    'schema_definitions',
    'resource_type_definitions',
    'resources',
    'attribute_values',
    'mails',
    'mail_links',
    'admin_alerts',
    'domains',
    'sign_in_providers',
    'reconciliations',
  ],
  directory: ['organization_slugs', 'verified_domains'],
} as const;

export type OrganizationTable = (typeof tables.organization)[number];

/** The column that names the organization: `organizations` is the one table in which it is the row's own id. */
export const organizationColumn = (table: OrganizationTable): 'id' | 'org_id' =>
  table === 'organizations' ? 'id' : 'org_id';
