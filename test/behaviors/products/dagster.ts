import { type Behavior, files, missing } from '../behavior.ts';

/** What the setup doctor tells of who signs people in. */
const signInFound =
  'the setup doctor says that none is declared, that it was taken back, and that two differ, while it is on';

/** Dagster+. */
export const dagsterBehaviors: readonly Behavior[] = [
  {
    id: 'D1',
    says: 'provisioning without single sign-on is refused or warned about',
    heldBy: [[files.signIn, signInFound]],
  },
  {
    id: 'D2',
    says: 'provisioning is offered from a plan on',
    heldBy: [[files.holding, 'an organization whose plan has no provisioning cannot turn it on (D2, B1, P14)']],
  },
  {
    id: 'D3',
    says: 'only who administers can turn provisioning on or make tokens',
    heldBy: [
      [files.keys, 'a key does what its scopes say and is refused the rest, which the refusal names'],
      [files.keys, 'a person’s key may what the person may now: with the role goes the right'],
    ],
  },
  {
    id: 'D4',
    says: 'a Provisioning page of the organization',
    heldBy: [
      [
        'test/browser/provisioning.test.ts',
        'a newcomer gets from a fresh organization to a connected one on this page alone (D4, B5)',
      ],
    ],
  },
  {
    id: 'D5',
    says: 'provisioning is turned on by one call',
    heldBy: [[files.api, 'provisioning is turned off and on again, and the feed says what was before (D41)']],
  },
  {
    id: 'D6',
    says: 'a bearer token is made for the provider',
    heldBy: [
      [files.api, 'a SCIM token is created, works, is renamed, and is refused within a second of its revocation'],
    ],
  },
  {
    id: 'D7',
    says: 'several tokens, each with its name, its times and whether it was revoked',
    heldBy: [
      [files.tokens, 'two tokens overlap; a revoked one is refused by every process soon after, the other goes on'],
    ],
  },
  {
    id: 'D8',
    says: 'a token can be renamed',
    heldBy: [
      [files.api, 'a SCIM token is created, works, is renamed, and is refused within a second of its revocation'],
    ],
  },
  {
    id: 'D9',
    says: 'a token can be revoked, and one that is not there is said to be so',
    heldBy: [[files.tokens, 'a token cannot be revoked from another organization']],
  },
  {
    id: 'D10',
    says: 'the list of tokens shows their values',
    instead: 'a token is shown once and nowhere stored',
    heldBy: [[files.tokens, 'the text of a token is in no table, no event, no log and no answer']],
  },
  {
    id: 'D11',
    says: 'each organization has a base URL of its own',
    heldBy: [
      [files.commands, 'every list and change is one JSON document, over the life of an organization and its token'],
    ],
  },
  {
    id: 'D12',
    says: 'a field of the Okta app routes sign-on and provisioning to the organization',
    notYet: missing.signIn,
  },
  {
    id: 'D13',
    says: 'Okta’s Application username format has to be Email',
    simulatedBy: [[files.directory, '(behaviors.md D13)']],
  },
  {
    id: 'D14',
    says: 'Test API Credentials succeeds with the right token and fails with a wrong one',
    heldBy: [
      [files.failures, 'Test API Credentials says what is wrong with the credentials'],
      [files.tokens, 'what is no token is refused with a SCIM error that says what to do'],
    ],
  },
  { id: 'D15', says: 'Update User Attributes and Deactivate Users can each be off', heldBy: [] },
  {
    id: 'D16',
    says: 'Okta and Entra ID',
    heldBy: [['test/captures/captures.test.ts', 'every row of every provider has a capture']],
  },
  {
    id: 'D17',
    says: 'first name, last name, e-mail address, display name, active and externalId',
    heldBy: [[files.users, 'POST answers 201 with the whole user, its location and its version']],
  },
  {
    id: 'D18',
    says: 'whoever is assigned to the app becomes a member by itself',
    heldBy: [[files.captures, 'S1 to S18 send what Okta sends and end without a difference']],
  },
  {
    id: 'D19',
    says: 'a changed name or address changes the member',
    heldBy: [[files.feed, 'an update tells each attribute before and after, and nothing else']],
  },
  {
    id: 'D20',
    says: 'whoever is deactivated or unassigned loses access',
    heldBy: [
      [files.keys, "a person's key ends with the person, deactivated by"],
      [files.users, 'a person who is deactivated stays readable and findable, and comes back under the same id'],
    ],
  },
  {
    id: 'D21',
    says: 'while provisioning is on nobody is added by hand',
    heldBy: [['test/http/by-hand.test.ts', 'D21, K8: while the connection is on nobody is made by hand']],
  },
  {
    id: 'D22',
    says: 'only people who are not synced can be removed by hand',
    heldBy: [
      [
        'test/http/by-hand.test.ts',
        'D22, D27, K9: of a person whom the provider manages nothing but the roles is open',
      ],
    ],
  },
  {
    id: 'D23',
    says: 'synced people are marked',
    heldBy: [
      ['test/http/by-hand.test.ts', 'A10: a local member is seen by the provider as it is, and told apart in Rollcall'],
    ],
  },
  { id: 'D24', says: 'a local person is linked when the provider brings a match', heldBy: [] },
  {
    id: 'D25',
    says: 'whoever was assigned before provisioning was on is provisioned on demand',
    simulatedBy: [[files.sequences, 'assignments from before provisioning wait for Provision User']],
  },
  {
    id: 'D26',
    says: 'whoever is new is a viewer, unless the organization says otherwise',
    heldBy: [[files.access, 'whoever is new is a viewer, which is the least privilege (K22)']],
  },
  {
    id: 'D27',
    says: 'roles of synced people can be edited by hand',
    heldBy: [[files.access, 'a role by hand is told in the feed with both sides and the reason']],
  },
  {
    id: 'D28',
    says: 'the last admin cannot be removed, by the provider neither',
    heldBy: [
      [
        files.access,
        'D28 the last admin cannot be demoted, suspended, removed or taken out of the team that makes it one',
      ],
    ],
  },
  {
    id: 'D29',
    says: 'a limit of seats is an error that says so',
    heldBy: [
      [files.licenses, 'D29 B65 no free license refuses the request whole, and names the person and the way out'],
    ],
  },
  { id: 'D30', says: 'whoever is removed by hand may be brought back by the provider', heldBy: [] },
  {
    id: 'D31',
    says: 'Push Groups makes teams with their people',
    heldBy: [[files.captures, 'S1 to S18 send what Okta sends and end without a difference']],
  },
  {
    id: 'D32',
    says: 'users are synced without groups too',
    heldBy: [
      [files.imports, 'an import reads pages of 100 until totalResults, and no groups unless they are imported'],
    ],
  },
  {
    id: 'D33',
    says: 'teams of the organization’s own can be made while provisioning is on',
    heldBy: [
      ['test/http/by-hand.test.ts', 'D33, P35, D36: a local team has people in Rollcall and none for the provider'],
    ],
  },
  { id: 'D34', says: 'edits of synced teams are overwritten by the next sync', heldBy: [] },
  { id: 'D35', says: 'a pushed group becomes a new team or is linked to one', heldBy: [] },
  {
    id: 'D36',
    says: 'a local team is listed to the provider without members',
    heldBy: [
      ['test/http/by-hand.test.ts', 'D33, P35, D36: a local team has people in Rollcall and none for the provider'],
    ],
  },
  { id: 'D37', says: 'and can be linked or stay local', heldBy: [] },
  {
    id: 'D38',
    says: 'groups have displayName, externalId and members',
    heldBy: [[files.groups, 'POST answers 201 with the group and its members, and what they are is ours to say']],
  },
  {
    id: 'D39',
    says: 'the most permissive of all grants wins, and one that goes leaves the others',
    heldBy: [
      [files.roles, 'is the strongest of the teams (D39)'],
      [files.access, 'a team that is deleted takes its role with it, and what else gives one stays (D39)'],
    ],
  },
  {
    id: 'D40',
    says: 'the roles of a team are never set by the provider',
    heldBy: [[files.access, 'a team called Owners grants nothing until an admin maps it']],
  },
  {
    id: 'D41',
    says: 'turning provisioning off leaves people and teams as they are',
    heldBy: [
      [files.tokens, 'with provisioning turned off nothing is changed and the answer says how to turn it on (D41)'],
      ['test/behaviors/presets.test.ts', 'K19 (D41, P8): turning off, and on again'],
    ],
  },
  {
    id: 'D42',
    says: 'it can be turned off at any time',
    heldBy: [[files.api, 'provisioning is turned off and on again, and the feed says what was before (D41)']],
  },
  {
    id: 'D43',
    says: 'the audit log has nothing of provisioning',
    instead:
      'every change of the provider is an event with its request and token, and the audit is searched by all of them',
    heldBy: [
      [files.log, 'every event names the request and the token that made it, and each reason too'],
      [
        'test/http/history.test.ts',
        'the audit is read by time, kind, actor and subject, with the address of the caller (R52, B71, P53)',
      ],
    ],
  },
  {
    id: 'D44',
    says: 'an organization that is not active is refused',
    heldBy: [[files.tokens, 'a suspended organization is refused']],
  },
];
