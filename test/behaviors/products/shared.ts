import { type Behavior, files } from '../behavior.ts';

/** What all three share: done for everyone, without a setting. */
export const sharedBehaviors: readonly Behavior[] = [
  {
    id: 'A1',
    says: 'a wrong or revoked token is answered 401 as a SCIM error, and recorded with the address',
    heldBy: [[files.tokens, 'what is no token is refused with a SCIM error that says what to do']],
  },
  {
    id: 'A2',
    says: 'the lookup before a create finds nobody in an empty list, not in a 404',
    heldBy: [[files.users, 'the lookup before a create answers an empty list and not 404']],
  },
  {
    id: 'A3',
    says: 'both kinds of Okta app work: those that write by PUT and those that write by PATCH',
    heldBy: [[files.captures, 'S1 to S18 send what Okta sends and end without a difference']],
  },
  {
    id: 'A4',
    says: 'Okta deactivates and never deletes a user',
    simulatedBy: [[files.wire, 'the PUT that deactivates keeps the values of the server and adds no groups']],
  },
  {
    id: 'A5',
    says: 'every call is answered well within the 60 seconds that Okta waits',
    notYet: 'no test asserts a time; bench/ measures it',
  },
  {
    id: 'A6',
    says: 'the admin in the provider reads the detail: who, what and the way out',
    heldBy: [[files.errors, 'says what to do and changes nothing']],
  },
  {
    id: 'A7',
    says: 'imports page with whole numbers and an exact total',
    heldBy: [
      [files.users, 'pages have the size asked for, whole numbers and an exact total, and end without an error'],
    ],
  },
  {
    id: 'A8',
    says: 'users come before the groups that name them, and a group that comes first is taken too',
    heldBy: [[files.groups, 'a member whom nobody knows is left out and recorded, and the others are pushed']],
  },
  {
    id: 'A9',
    says: 'provisioning sets no role; teams carry access',
    heldBy: [[files.access, 'a team called Owners grants nothing until an admin maps it']],
  },
  {
    id: 'A10',
    says: 'people and teams of the organization’s own stand beside the managed ones, visibly different',
    heldBy: [
      ['test/http/by-hand.test.ts', 'A10: a local member is seen by the provider as it is, and told apart in Rollcall'],
      ['test/http/by-hand.test.ts', 'D33, P35, D36: a local team has people in Rollcall and none for the provider'],
    ],
  },
  {
    id: 'A11',
    says: 'a password is taken or refused, and never stored',
    heldBy: [[files.users, 'a password is accepted, and is nowhere afterwards']],
  },
  {
    id: 'A12',
    says: 'a repeated request does no harm',
    heldBy: [
      [files.log, 'a request that changed nothing is logged as one that changed nothing'],
      [files.captures, 'with repeated creates and lost answers end without a difference'],
    ],
  },
  {
    id: 'A13',
    says: 'a token of one organization reads, changes and reveals nothing of another',
    heldBy: [[files.tenancy, 'the token of Globex at the endpoint of Acme is answered as nonsense']],
  },
];
