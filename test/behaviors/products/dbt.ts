import { type Behavior, files, missing } from '../behavior.ts';

/** The dbt platform. */
export const dbtBehaviors: readonly Behavior[] = [
  {
    id: 'B1',
    says: 'provisioning is offered from a plan on',
    heldBy: [[files.holding, 'an organization whose plan has no provisioning cannot turn it on (D2, B1, P14)']],
  },
  {
    id: 'B2',
    says: 'Okta or Entra must be the connected sign-on provider',
    heldBy: [[files.signIn, 'required: provisioning waits until the provider is declared that provisions (B2, P1)']],
  },
  {
    id: 'B3',
    says: 'sign-on and provisioning use the same provider',
    heldBy: [
      [files.signIn, 'overridable: two providers are refused until somebody confirms them, and the audit says so (B3)'],
      [files.signIn, 'required: provisioning waits until the provider is declared that provisions (B2, P1)'],
    ],
  },
  {
    id: 'B4',
    says: 'it needs a permission of the organization',
    heldBy: [[files.keys, 'a key does what its scopes say and is refused the rest, which the refusal names']],
  },
  {
    id: 'B5',
    says: 'a page of the settings turns it on',
    heldBy: [
      [
        'test/browser/provisioning.test.ts',
        'a newcomer gets from a fresh organization to a connected one on this page alone (D4, B5)',
      ],
    ],
  },
  {
    id: 'B6',
    says: 'the base URL is shown to be copied',
    heldBy: [
      ['test/browser/console.test.ts', 'the overview tells what runs and copies the SCIM base URL of an organization'],
    ],
  },
  {
    id: 'B7',
    says: 'a token has a name',
    heldBy: [
      [files.api, 'a SCIM token is created, works, is renamed, and is refused within a second of its revocation'],
    ],
  },
  {
    id: 'B8',
    says: 'a token is shown once and cannot be recovered',
    heldBy: [[files.tokens, 'the text of a token is in no table, no event, no log and no answer']],
  },
  {
    id: 'B9',
    says: 'tokens overlap, so that one can take over from another',
    heldBy: [
      [files.tokens, 'two tokens overlap; a revoked one is refused by every process soon after, the other goes on'],
      [files.rotation, 'both work until the new one has had enough good calls; then the old one ends by itself'],
    ],
  },
  {
    id: 'B10',
    says: 'the list of tokens tells the last use and never the value',
    heldBy: [[files.tokens, 'the last use of a token is noted with its time, address and client']],
  },
  {
    id: 'B11',
    says: 'a token cannot be renamed as code',
    instead: 'it can be renamed',
    heldBy: [
      [files.api, 'a SCIM token is created, works, is renamed, and is refused within a second of its revocation'],
    ],
  },
  { id: 'B12', says: 'the configuration is read and written through the API', heldBy: [] },
  {
    id: 'B13',
    says: 'tokens are listed, made and revoked through the API',
    heldBy: [
      [files.api, 'a SCIM token is created, works, is renamed, and is refused within a second of its revocation'],
    ],
  },
  { id: 'B14', says: 'the configuration is one, and can be reset to the defaults', heldBy: [] },
  {
    id: 'B15',
    says: 'other providers than these two can be wired',
    heldBy: [['test/captures/captures.test.ts', 'every row of every provider has a capture']],
  },
  { id: 'B16', says: 'the Okta app must have provisioning enabled', simulatedBy: [] },
  {
    id: 'B17',
    says: 'the unique identifier is userName, the token a bearer token in the header',
    simulatedBy: [[files.wire, 'the lookup is one eq clause, then startIndex and count']],
  },
  {
    id: 'B18',
    says: 'new users, profile updates and groups are pushed, and may be imported',
    heldBy: [[files.captures, 'S1 to S18 send what Okta sends and end without a difference']],
  },
  {
    id: 'B19',
    says: 'create, update and deactivate are the actions to the app',
    heldBy: [[files.captures, 'S1 to S18 send what Okta sends and end without a difference']],
  },
  {
    id: 'B20',
    says: 'the test of the connection passes before anything is saved',
    simulatedBy: [[files.failures, 'Test API Credentials probes groups only when the app imports them']],
  },
  {
    id: 'B21',
    says: 'lists of allowed addresses apply to provisioning',
    heldBy: [
      [files.addressLists, 'the narrower of the allowed and denied ranges wins, and what no range holds stays out'],
      [files.addressLists, 'the ranges that Okta publishes take the place of those imported before'],
    ],
  },
  {
    id: 'B22',
    says: 'allow and deny lists of addresses, the narrower range winning',
    heldBy: [
      [files.addressLists, 'the narrower of the allowed and denied ranges wins, and what no range holds stays out'],
      [files.addressLists, 'the same range in both lists, and what is no range, is refused and changes nothing'],
      [files.addressLists, 'lists wait until they are turned on, and hold on every process within a second'],
      [files.addressLists, 'nobody shuts out the own address'],
    ],
  },
  {
    id: 'B23',
    says: 'username, family name, given name, e-mail addresses, active and externalId',
    heldBy: [[files.users, 'POST answers 201 with the whole user, its location and its version']],
  },
  {
    id: 'B24',
    says: 'a userName that is no e-mail address is refused',
    heldBy: [['test/behaviors/presets.test.ts', 'K2 (D13, B24): a userName that is no e-mail address']],
  },
  {
    id: 'B25',
    says: 'userName has to be an e-mail address of the person',
    heldBy: [['test/behaviors/presets.test.ts', 'K2 (D17, B25): a userName that is none of the e-mail addresses']],
  },
  {
    id: 'B26',
    says: 'Application username format Email is the way out',
    simulatedBy: [[files.directory, '(behaviors.md D13)']],
  },
  { id: 'B27', says: 'whoever has the e-mail address already is linked', heldBy: [] },
  { id: 'B28', says: 'matching counts letter case', heldBy: [] },
  {
    id: 'B29',
    says: 'whoever is new is invited by mail',
    heldBy: [
      [files.links, 'the page of an invitation changes nothing until its button is pressed, and then accepts, once'],
      ['test/behaviors/presets.test.ts', 'the status of a new person'],
    ],
  },
  {
    id: 'B30',
    says: 'there is no license before the invitation is accepted',
    heldBy: [[files.invitations, 'whoever is invited is in force when they have accepted, in the teams that waited']],
  },
  {
    id: 'B31',
    says: 'invitations expire and can be repeated',
    heldBy: [
      [files.invitations, 'an invitation ends, and an admin makes a new one'],
      [files.invitations, 'a person is invited again after a pause, a few times a day'],
    ],
  },
  {
    id: 'B32',
    says: 'a changed address waits for its confirmation',
    heldBy: [
      [files.addresses, 'an address waits for the person, who confirms it by a mail to it'],
      [files.addresses, 'the presets differ as the products do'],
    ],
  },
  {
    id: 'B33',
    says: 'people are updated and taken out',
    heldBy: [
      [files.users, 'a person who is deactivated stays readable and findable, and comes back under the same id'],
    ],
  },
  {
    id: 'B34',
    says: 'an import lists people who were deleted before, so that they can come back',
    instead: 'whoever is deactivated is listed and comes back under the same id; a deleted person is gone',
    heldBy: [
      [files.users, 'a person who is deactivated stays readable and findable, and comes back under the same id'],
    ],
  },
  { id: 'B35', says: 'turning provisioning on converts nobody', heldBy: [] },
  {
    id: 'B36',
    says: 'people who are not managed are untouched',
    heldBy: [['test/http/by-hand.test.ts', 'a local member is removed by an admin and not by the provider (B36, P43)']],
  },
  {
    id: 'B37',
    says: 'Okta does no continuous full sync',
    simulatedBy: [[files.sequences, 'assignments from before provisioning wait for Provision User']],
  },
  { id: 'B38', says: 'removing by hand frees the seat, and the person can be invited again', heldBy: [] },
  { id: 'B39', says: 'groups are linked by name', heldBy: [] },
  {
    id: 'B40',
    says: 'groups are created, filled, emptied and removed',
    heldBy: [[files.groups, 'DELETE answers 204, the people stay, and the name is free again']],
  },
  {
    id: 'B41',
    says: 'a group with people who have no license is refused, and they are listed',
    heldBy: [['test/behaviors/presets.test.ts', 'K14 (B41, P37): a group that names somebody who is suspended']],
  },
  {
    id: 'B42',
    says: 'once the person has accepted, the push succeeds',
    heldBy: [
      [files.invitations, 'under dbt a group is refused while a member has not accepted, and succeeds afterwards'],
    ],
  },
  {
    id: 'B43',
    says: 'groups and users can be imported',
    heldBy: [
      ['test/http/team-policy.test.ts', 'have their people in reads, lists, filters and User.groups'],
      [files.imports, 'groups are imported with their members when the app imports groups'],
    ],
  },
  { id: 'B44', says: 'groups say whether they are managed', heldBy: [] },
  { id: 'B45', says: 'nobody is put into default groups', heldBy: [] },
  { id: 'B46', says: 'built-in groups can be emptied and deleted', heldBy: [] },
  {
    id: 'B47',
    says: 'group mappings of sign-ins do not apply to managed people',
    heldBy: [
      [
        files.licenses,
        'B60 B47 a group of the sign-in gives a license to people of the organization’s own, and not to managed ones',
      ],
    ],
  },
  {
    id: 'B48',
    says: 'manual changes of managed people and groups are off by default',
    heldBy: [
      [
        'test/http/by-hand.test.ts',
        'D22, D27, K9: of a person whom the provider manages nothing but the roles is open',
      ],
      [
        'test/http/by-hand.test.ts',
        'P34, B51, K10: who is in a team of the provider cannot be changed by hand, nor its name',
      ],
    ],
  },
  { id: 'B49', says: 'a confirmation turns them on', heldBy: [] },
  {
    id: 'B50',
    says: 'the provider overwrites them all the same',
    heldBy: [
      [
        'test/http/by-hand.test.ts',
        'B49, B50: a person is edited and suspended by hand, and the provider’s next request wins',
      ],
    ],
  },
  {
    id: 'B51',
    says: 'turning provisioning on ends manual edits',
    heldBy: [
      [
        'test/http/by-hand.test.ts',
        'P34, B51, K10: who is in a team of the provider cannot be changed by hand, nor its name',
      ],
    ],
  },
  {
    id: 'B52',
    says: 'licenses are developer, analyst, IT and read-only',
    heldBy: [['test/organization/licenses.test.ts', 'are developer, analyst, IT and read-only']],
  },
  {
    id: 'B53',
    says: 'whoever is new is a developer unless mapped',
    heldBy: [[files.licenses, 'B53 whoever is new has the default license, and whoever is not active takes no seat']],
  },
  {
    id: 'B54',
    says: 'the attribute licenseType of dbt’s extension, whose letter case counts',
    heldBy: [[files.licenses, 'is no license, since letter case counts, and is refused with those there are']],
  },
  {
    id: 'B55',
    says: 'once it is the source of truth the attribute alone decides',
    heldBy: [
      [
        files.licenses,
        'B56 B58 the attribute may arrive before it decides, and B55 decides alone from the moment of the switch',
      ],
    ],
  },
  {
    id: 'B56',
    says: 'before that it may arrive and decides nothing',
    heldBy: [[files.licenses, 'B56 B58 the attribute may arrive before it decides']],
  },
  {
    id: 'B57',
    says: 'a license that the plan lacks is an error of the update',
    heldBy: [[files.licenses, 'B57 a license that the plan lacks is an error of the update']],
  },
  {
    id: 'B58',
    says: 'so licenses move over in steps',
    heldBy: [[files.licenses, 'B56 B58 the attribute may arrive before it decides']],
  },
  {
    id: 'B59',
    says: 'a warning where the provider cannot send the attribute',
    heldBy: [
      [files.doctor, 'licenses by the attribute alone are a problem where Entra ID is the provider, and there only'],
      ['test/http/plan-pages.test.ts', 'B59 licenses by the attribute alone are warned of in the plan'],
    ],
  },
  {
    id: 'B60',
    says: 'groups of a sign-in give licenses, the strongest wins',
    heldBy: [
      [
        'test/organization/licenses.test.ts',
        'of several groups of a sign-in the strongest license wins, and letter case counts (B60)',
      ],
    ],
  },
  {
    id: 'B61',
    says: 'a group gives a license',
    heldBy: [[files.licenses, 'B61 a team gives its license, the strongest of several']],
  },
  {
    id: 'B62',
    says: 'an attribute that follows group membership arrives as an update and changes the license',
    heldBy: [
      [files.licenses, 'B62 an update of the attribute changes the license, in each of Okta’s shapes'],
      [
        files.directory,
        'an attribute that follows group membership is pushed when the group changes (behaviors.md B62)',
      ],
    ],
  },
  {
    id: 'B63',
    says: 'a read-only license blocks what the role would allow',
    heldBy: [
      ['test/behaviors/licenses-and-roles.test.ts', 'B63 a read-only license blocks the actions of an admin'],
      [
        'test/http/api-access.test.ts',
        'B63 a license for reading only blocks an admin’s changes, whatever the roles say',
      ],
    ],
  },
  {
    id: 'B64',
    says: 'there is one IT seat',
    heldBy: [[files.licenses, 'B64 there is one seat of it']],
  },
  {
    id: 'B65',
    says: 'without a free license the change is refused',
    heldBy: [
      [files.licenses, 'D29 B65 no free license refuses the request whole, and names the person and the way out'],
    ],
  },
  { id: 'B66', says: 'who does not administer has to use single sign-on', notYet: missing.signIn },
  {
    id: 'B67',
    says: 'with provisioning, Okta’s application username is the e-mail address',
    simulatedBy: [[files.directory, '(behaviors.md D13)']],
  },
  { id: 'B68', says: 'attributes of the SAML assertion', notYet: missing.signIn },
  { id: 'B69', says: 'the address of a sign-on setup stays while it is half finished', notYet: missing.signIn },
  {
    id: 'B70',
    says: 'people and groups that are added, changed and removed are told with who did it',
    heldBy: [[files.log, 'every event names the request and the token that made it, and each reason too']],
  },
  {
    id: 'B71',
    says: 'an audit of 12 months with export',
    heldBy: [
      [
        'test/http/history.test.ts',
        'the audit is read by time, kind, actor and subject, with the address of the caller (R52, B71, P53)',
      ],
      [
        'test/events/audit-export.test.ts',
        'the audit is exported whole, in order, step by step, and of its organization only (I8)',
      ],
      ['test/config.test.ts', 'ROLLCALL_EVENT_DAYS'],
    ],
  },
  {
    id: 'B72',
    says: 'what a managed group may is set apart from it, and neither creates nor deletes it',
    heldBy: [
      [files.access, 'a team gives its role to those in it, to those who come, and no longer to those who go (D39)'],
    ],
  },
  {
    id: 'B73',
    says: 'Entra syncs at once and then every 20 to 40 minutes, push only',
    notYet: 'the simulator plays Okta; Entra’s requests are replayed as captures',
  },
  {
    id: 'B74',
    says: 'two states of infrastructure as code that grant the same conflict',
    instead:
      'what teams give is one document; whoever planned on an older state of it is refused, and the same document twice changes nothing',
    heldBy: [
      [
        'test/http/api-configuration.test.ts',
        'without the ETag of a plan, or with that of an older state, nothing is applied',
      ],
      [
        'test/http/api-configuration.test.ts',
        'what was shown is what happens, with events, and then nothing differs any more',
      ],
    ],
  },
];
