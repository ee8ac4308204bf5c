/** One line of how Dagster+, dbt and Pulumi Cloud provision, in our words, with what shows that Rollcall does it. */
export type Behavior = {
  /** D Dagster+, B dbt, P Pulumi Cloud, A all three. What holds it cites it where that is natural. */
  id: string;
  says: string;
} & (
  | {
      /** Tests that fail if it is not so, by file and title. */
      heldBy: readonly Holder[];
      /** What we do instead, where the vendor documents a defect of its own. */
      instead?: string;
    }
  /** It happens in the provider's own console: tests of the simulator. */
  | { simulatedBy: readonly Holder[] }
  /** What is missing, or why it is not ours to do. */
  | { notYet: string }
);

/** A test file from the root of the repository, and a title in it or a part of one. */
export type Holder = readonly [path: string, title: string];

/** The test files that hold most of the lines. */
export const files = {
  addresses: 'test/provisioning/confirm-address.test.ts',
  access: 'test/provisioning/roles.test.ts',
  addressLists: 'test/http/address-lists.test.ts',
  api: 'test/http/api-resources.test.ts',
  captures: 'test/okta-sim/against-rollcall.test.ts',
  commands: 'test/cli/commands.test.ts',
  concurrency: 'test/http/scim-concurrency.test.ts',
  directory: 'test/okta-sim/directory.test.ts',
  doctor: 'test/organization/doctor.test.ts',
  errors: 'test/http/scim-errors.test.ts',
  failures: 'test/okta-sim/failures.test.ts',
  feed: 'test/events/feed.test.ts',
  groups: 'test/http/scim-groups.test.ts',
  holding: 'test/http/holding.test.ts',
  imports: 'test/okta-sim/import.test.ts',
  keys: 'test/http/api-keys.test.ts',
  invitations: 'test/provisioning/invitations.test.ts',
  licenses: 'test/provisioning/licenses.test.ts',
  links: 'test/http/links.test.ts',
  lists: 'test/http/scim-lists.test.ts',
  log: 'test/http/scim-request-log.test.ts',
  management: 'test/http/api.test.ts',
  rates: 'test/http/rate-limits.test.ts',
  roles: 'test/organization/roles.test.ts',
  rotation: 'test/http/token-rotation.test.ts',
  sequences: 'test/okta-sim/sequences.test.ts',
  signIn: 'test/http/sign-in-provider.test.ts',
  succession: 'test/provisioning/succession.test.ts',
  tenancy: 'test/http/scim-tenancy.test.ts',
  tokens: 'test/http/scim-tokens.test.ts',
  users: 'test/http/scim-users.test.ts',
  wire: 'test/okta-sim/wire.test.ts',
  discovery: 'test/http/scim-discovery.test.ts',
} as const;

/** Why several lines are missing. */
export const missing = {
  signIn: 'people cannot sign in through Rollcall yet',
} as const;
