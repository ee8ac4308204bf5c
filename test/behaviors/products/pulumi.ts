import { type Behavior, files, missing } from '../behavior.ts';

/** Pulumi Cloud. */
export const pulumiBehaviors: readonly Behavior[] = [
  {
    id: 'P1',
    says: 'provisioning needs SAML',
    heldBy: [[files.signIn, 'required: provisioning waits until the provider is declared that provisions (B2, P1)']],
  },
  {
    id: 'P2',
    says: 'only an admin, with finer scopes for reading, changing and deleting',
    heldBy: [[files.keys, 'a key does what its scopes say and is refused the rest, which the refusal names']],
  },
  {
    id: 'P3',
    says: 'the base URL has the name of the organization in its path',
    heldBy: [
      [files.log, 'the endpoint may be named by the id of the organization, and answers with the same addresses (K24)'],
    ],
  },
  {
    id: 'P4',
    says: 'userName identifies, the token comes in the header',
    simulatedBy: [[files.wire, 'the lookup is one eq clause, then startIndex and count']],
  },
  {
    id: 'P5',
    says: 'a page of the console makes and remakes the token',
    heldBy: [
      [
        'test/browser/keys-and-events.test.ts',
        'a token is created, shown once, works, and is refused after it was revoked',
      ],
      ['test/browser/health-page.test.ts', 'a token is rotated: the new one is shown once'],
    ],
  },
  {
    id: 'P6',
    says: 'the token is shown once',
    heldBy: [[files.tokens, 'the text of a token is in no table, no event, no log and no answer']],
  },
  {
    id: 'P7',
    says: 'a new token revokes those before it',
    heldBy: [
      ['test/behaviors/presets.test.ts', 'K18 (B9, P7): the token before the newest one'],
      [files.rotation, 'where the policy allows one token, a new one revokes those before it at once'],
    ],
  },
  {
    id: 'P8',
    says: 'turning off discards the token and whom the provider knew, and turning on again restores neither',
    heldBy: [['test/behaviors/presets.test.ts', 'K19 (D41, P8): turning off, and on again']],
  },
  { id: 'P9', says: 'Okta’s support may have to enable provisioning', simulatedBy: [] },
  { id: 'P10', says: 'statements of the SAML assertion', notYet: missing.signIn },
  { id: 'P11', says: 'the mappings are cut to names, display name and e-mail address', simulatedBy: [] },
  { id: 'P12', says: 'Update application username on: Create only', simulatedBy: [] },
  {
    id: 'P13',
    says: 'one endpoint with the same schemas for every provider',
    heldBy: [
      [
        'test/http/scim-profiles.test.ts',
        'says nothing that discovery would have to take back: the documents are the same in all',
      ],
    ],
  },
  {
    id: 'P14',
    says: 'provisioning depends on the plan',
    heldBy: [[files.holding, 'an organization whose plan has no provisioning cannot turn it on (D2, B1, P14)']],
  },
  {
    id: 'P15',
    says: 'create, read, update and search, and PATCH of users and groups',
    heldBy: [[files.captures, 'S1 to S18 send what Okta sends and end without a difference']],
  },
  {
    id: 'P16',
    says: 'an attribute beyond those is refused as an unknown path',
    instead:
      'the attributes of the SCIM schemas and of the organization’s own are taken, and what no schema describes is refused by its name',
    heldBy: [['test/behaviors/presets.test.ts', 'K16 (P16): an attribute that no schema describes']],
  },
  {
    id: 'P17',
    says: 'externalId is taken and not stored, and groups have none',
    heldBy: [
      ['test/behaviors/presets.test.ts', 'K17 (P17): the externalId of a user'],
      ['test/behaviors/presets.test.ts', 'K17 (P17): the externalId of a group'],
    ],
  },
  { id: 'P18', says: 'userName never changes', heldBy: [] },
  {
    id: 'P19',
    says: 'a userName that is taken is a conflict that names it',
    heldBy: [[files.errors, 'a userName that is taken, in another letter case']],
  },
  {
    id: 'P20',
    says: 'an e-mail address of another account is a conflict',
    instead:
      'an address of a person whom an admin made is a conflict; people of the provider may share one, which matches nobody',
    heldBy: [],
  },
  { id: 'P21', says: 'the ways out of that conflict', heldBy: [] },
  {
    id: 'P22',
    says: 'the status of an error is a text',
    heldBy: [[files.errors, 'says what to do and changes nothing']],
  },
  {
    id: 'P23',
    says: 'only userName eq and displayName eq',
    heldBy: [['test/behaviors/presets.test.ts', 'K28 (D17, P23): a filter beyond the two names']],
  },
  {
    id: 'P24',
    says: 'a count above the maximum is refused',
    instead: 'the maximum is 1,000 and not 100, as discovery says',
    heldBy: [['test/behaviors/presets.test.ts', 'K25 (P24): a count above the maximum']],
  },
  { id: 'P25', says: 'users are not deleted, deactivation is reversible', heldBy: [] },
  { id: 'P26', says: 'OneLogin has to suspend instead of deleting', heldBy: [] },
  {
    id: 'P27',
    says: 'whoever is new is a plain member, and roles by hand are not overwritten',
    heldBy: [['test/behaviors/presets.test.ts', 'K22 (D26, P27): the role of a new person']],
  },
  {
    id: 'P28',
    says: 'accounts made by provisioning are the organization’s',
    instead: 'everybody is of one organization only, and nobody has an account beyond it',
    heldBy: [
      [files.tenancy, 'lists and their totals hold what is of the organization and nothing else'],
      [files.tenancy, 'what Globex has is answered as what nobody has'],
    ],
  },
  {
    id: 'P29',
    says: 'an invited account becomes the organization’s by a push',
    instead: 'only after an admin allowed it for the person',
    heldBy: [],
  },
  {
    id: 'P30',
    says: 'bulk, sorting, ETags, the enterprise extension and secondary addresses are not offered',
    instead: 'they are, and discovery tells the truth about each',
    heldBy: [
      [
        files.discovery,
        'the configuration tells the truth: what it says is supported works, and what it says is not is refused',
      ],
    ],
  },
  {
    id: 'P31',
    says: 'without the identity behind it an account has no access and keeps its records',
    notYet: missing.signIn,
  },
  {
    id: 'P32',
    says: 'Push Groups makes teams whose people follow the provider',
    heldBy: [[files.captures, 'S1 to S18 send what Okta sends and end without a difference']],
  },
  { id: 'P33', says: 'such teams are marked', heldBy: [] },
  {
    id: 'P34',
    says: 'their people cannot be changed by hand',
    heldBy: [
      [
        'test/http/by-hand.test.ts',
        'P34, B51, K10: who is in a team of the provider cannot be changed by hand, nor its name',
      ],
    ],
  },
  {
    id: 'P35',
    says: 'local teams stand beside them',
    heldBy: [
      ['test/http/by-hand.test.ts', 'D33, P35, D36: a local team has people in Rollcall and none for the provider'],
    ],
  },
  {
    id: 'P36',
    says: 'what such a team grants is still set by admins',
    heldBy: [
      [files.access, 'a team gives its role to those in it, to those who come, and no longer to those who go (D39)'],
    ],
  },
  {
    id: 'P37',
    says: 'one unknown or inactive member refuses the whole group, and lists the ids',
    heldBy: [[files.groups, 'a stranger in a request refuses it whole, by name, before anything is written']],
  },
  {
    id: 'P38',
    says: 'members who are not assigned to the app are not sent',
    simulatedBy: [[files.sequences, 'members without the app are left out of a push, and the log says so']],
  },
  {
    id: 'P39',
    says: 'only 3000 members are validated',
    instead: 'any number is, and told in events of a bounded size',
    heldBy: [[files.groups, 'a push of more people than one event names is told in several events']],
  },
  {
    id: 'P40',
    says: 'a group’s name has at most 100 characters',
    heldBy: [['test/behaviors/presets.test.ts', 'K27 (P40): the name of a group with 101 characters']],
  },
  {
    id: 'P41',
    says: 'deleting a group deletes the team with its grants, and its people stay',
    heldBy: [
      [files.groups, 'DELETE answers 204, the people stay, and the name is free again'],
      [files.access, 'a team that is deleted takes its role with it, and what else gives one stays (D39)'],
    ],
  },
  {
    id: 'P42',
    says: 'that deletion is in no audit log',
    instead: 'it is an event with the token as the actor; the audit names nobody there, and keeps the request',
    heldBy: [[files.log, 'every event names the request and the token that made it, and each reason too']],
  },
  {
    id: 'P43',
    says: 'the provider can delete any team',
    instead: 'only who was pushed can be deleted by the provider',
    heldBy: [
      ['test/http/by-hand.test.ts', 'a local team is renamed and removed by an admin and not by the provider (P43)'],
    ],
  },
  { id: 'P44', says: 'the search of groups finds local teams too', heldBy: [] },
  {
    id: 'P45',
    says: 'an emptied group keeps the team',
    heldBy: [[files.groups, 'PUT replaces the members when it speaks of them and leaves them when it does not']],
  },
  {
    id: 'P46',
    says: 'Push group memberships immediately adds them at once',
    simulatedBy: [
      [
        files.sequences,
        'without Push group memberships immediately the members follow with their next change (behaviors.md P46)',
      ],
    ],
  },
  {
    id: 'P47',
    says: 'suspending leaves memberships behind',
    instead: 'no membership of a suspended person is in force, and they come back with the person',
    heldBy: [
      [files.groups, 'a suspended person is asked for and not in force, and comes into force with the reactivation'],
    ],
  },
  {
    id: 'P48',
    says: 'one SAML admin keeps another way in',
    instead:
      'an admin sets one account apart, which no request of the provider touches; signing in is not Rollcall’s yet',
    heldBy: [],
  },
  { id: 'P49', says: 'whoever turns SAML on owns the organization', notYet: missing.signIn },
  { id: 'P50', says: 'the metadata of the provider is checked, each fault by name', notYet: missing.signIn },
  { id: 'P51', says: 'NameID never changes', notYet: missing.signIn },
  { id: 'P52', says: 'a session ends when the assertion says so', notYet: missing.signIn },
  {
    id: 'P53',
    says: 'a wrong token, and everything that changes, is recorded with the address',
    heldBy: [
      [files.tokens, 'what is no token is refused with a SCIM error that says what to do'],
      [
        'test/http/history.test.ts',
        'the audit is read by time, kind, actor and subject, with the address of the caller (R52, B71, P53)',
      ],
    ],
  },
  {
    id: 'P54',
    says: 'mappings of Entra',
    notYet: 'the simulator plays Okta; requests of Entra are replayed as captures',
  },
];
