import { files, type Holder } from './behavior.ts';

/** A question that the three products leave open, and what Rollcall does. */
export type Edge = { question: string; decision: string } & ({ heldBy: readonly Holder[] } | { notYet: string });

const edgeTests = 'test/behaviors/edges.test.ts';

export const edges: readonly Edge[] = [
  {
    question: 'Two groups of the provider are linked to one team',
    decision:
      'A second group of the name is refused with `uniqueness`. Two that write under the id of one team are one group here: the last word holds, and the log shows both.',
    heldBy: [[edgeTests, 'a second group of the name of a team is refused, and the last word under an id holds']],
  },
  {
    question: 'One group of the provider for several teams',
    decision:
      'A group is one team, whose name is taken for every other group. What several teams would give, one team gives by several mappings.',
    heldBy: [[files.errors, 'a displayName that is taken, in another letter case']],
  },
  {
    question: 'A group is renamed to the name of another team',
    decision: 'It is refused with `uniqueness`, and both stay as they were.',
    heldBy: [[files.errors, 'a refused rename leaves both as they were']],
  },
  {
    question: 'A group gets the name that an admin gave another team of the provider',
    decision:
      'It is refused with `uniqueness`, which names the team: a name in force is one team’s. An admin gives that team another name, or the next request about it brings its own one back.',
    heldBy: [
      ['test/http/team-names.test.ts', 'is none that the provider gives another group, whatever its letter case'],
    ],
  },
  {
    question: 'A team keeps its name while its end is held, and the provider gives the name to a new group',
    decision:
      'Both are in force under it until the end is let go. A configuration calls each by its name and its id, so that it loses neither; an admin gives the name to no other team meanwhile.',
    heldBy: [
      ['test/http/team-names.test.ts', 'calls each by its id, loses none, and is applied as it was exported'],
      ['test/http/team-names.test.ts', 'is not taken by what is asked while the connection holds it'],
    ],
  },
  {
    question: 'A team that an admin renamed is parted from the provider',
    decision: 'It keeps the name in force, and the one that the provider had asked is free for a new group.',
    heldBy: [
      [
        'test/http/team-names.test.ts',
        'is the one that a team has which is parted from the provider, and what was asked is free',
      ],
    ],
  },
  {
    question: 'A person is in two organizations',
    decision:
      'They are two members who know nothing of each other; what one organization does is not seen in the other.',
    heldBy: [[edgeTests, 'a person of two organizations is two members']],
  },
  {
    question: 'A person comes back whose e-mail address somebody else has by now',
    decision:
      'A userName stays taken by whoever is suspended, and the refusal of another person says so. Other addresses may be shared: they match nobody, so the person comes back with theirs.',
    heldBy: [
      [files.errors, 'the refusal of a duplicate says whether the person who has the name is suspended'],
      [edgeTests, 'a person comes back whose e-mail address somebody else has by now'],
    ],
  },
  {
    question: 'Whoever made a token is deactivated',
    decision: 'The token goes on: it is the connection’s and not the person’s. The person’s API keys end.',
    heldBy: [[edgeTests, 'a token outlives the person who made it, whose keys end']],
  },
  {
    question: 'A PUT says nothing of active, members or emails',
    decision:
      '`active` and `members` stay as they are, so that silence lets nobody in and puts nobody out. `emails` are cleared like any attribute.',
    heldBy: [
      [files.users, 'a PUT that does not speak of active leaves it, and drops other attributes that it leaves out'],
      [files.groups, 'PUT replaces the members when it speaks of them and leaves them when it does not'],
      [edgeTests, 'a PUT that says nothing of emails clears them'],
    ],
  },
  {
    question: 'A list that replaces the members names nobody who is here',
    decision:
      'It is refused, whatever `unknownMembers` says, and the team stays as it was. One id that is known is enough.',
    heldBy: [['test/http/scim-names.test.ts', 'a list of nobody who is here empties no group: nothing is changed']],
  },
  {
    question: 'A list that replaces the members has only empty elements, or is null',
    decision:
      'Empty elements are refused, and the team stays as it was; null and an empty string say nothing of the members. Only an empty list empties a team, and a `remove` that carries no value.',
    heldBy: [
      [
        'test/http/scim-names.test.ts',
        'a list of nothing but empty elements empties no group, and null says nothing of the members (O3)',
      ],
    ],
  },
  {
    question: 'A PATCH replaces members by an empty list',
    decision: 'The team is emptied and stays.',
    heldBy: [[files.groups, 'an empty replacement, which empties the team']],
  },
  {
    question: 'A group is deleted while provisioning is paused',
    decision:
      'For the provider the group is gone at once. The team stays in force with its people until provisioning goes on, with the plan shown first.',
    heldBy: [[files.holding, 'a group that is deleted while provisioning is paused ends when it goes on']],
  },
  {
    question: 'A person or a group is deleted and created again while the deletion is held',
    decision:
      'For the provider the new one is there at once. In force the old one stays until what is held is let go, and then the new one takes the place, with what an admin had given.',
    heldBy: [
      [files.succession, 'waits in the same batch, and has what an admin had given the other one when it is let go'],
      [files.succession, 'a group of the name of a team that is to go waits with it, and takes its place'],
    ],
  },
  {
    question: 'A group is pushed under the name that another one keeps in force, because its new name is held',
    decision:
      'For the provider the new one is there at once. It waits in the batch that holds the other one, and both have their names when that is let go; of a batch that was discarded, by the next request about either.',
    heldBy: [
      [
        files.succession,
        'a group under the name that a renamed team keeps waits in the same batch, and has it once they change',
      ],
      [
        files.succession,
        'teams that change their names while the connection is paused have them at once, whichever way it goes on',
      ],
    ],
  },
  {
    question: 'The plan of an organization shrinks while provisioning is on',
    decision: 'Provisioning goes on, and nobody is taken out by it.',
    heldBy: [[edgeTests, 'a smaller plan takes nobody out, and provisioning goes on']],
  },
  {
    question: 'An organization is renamed whose name is in the URL',
    decision:
      'The name in addresses never changes, only the name for people does; the address with the id works as well.',
    heldBy: [[edgeTests, 'an organization that is renamed keeps its addresses']],
  },
  {
    question: 'Single sign-on is removed while provisioning is on',
    decision:
      'Provisioning goes on, and the setup doctor warns until another one is declared. Where the policy requires one for both (`sameSignInProvider`), the removal is refused until provisioning is off.',
    heldBy: [[edgeTests, 'provisioning goes on when the sign-in provider is taken back, and the setup doctor warns']],
  },
  {
    question: 'A setting becomes stricter than what people and groups are from before',
    decision:
      'What a request does not change is not judged, so they are changed as before; what it brings anew is. A deactivation is refused by none of these settings, whatever else the request says.',
    heldBy: [
      [
        'test/http/stricter-policy.test.ts',
        'K2: whoever has no e-mail address as userName is deactivated by PATCH and PUT, and not renamed to another such',
      ],
      [
        'test/http/stricter-policy.test.ts',
        'K17, K27: people are taken out of a group whose name or external id would be refused by now',
      ],
      [
        'test/http/stricter-policy.test.ts',
        'B54, B58: a license that is none refuses nobody’s going, and the plan names it before the attribute decides',
      ],
    ],
  },
  {
    question: 'The policy comes to be against another sign-in provider while something is held',
    decision:
      'What was held is judged as what the provider asks at that moment: it is put in force when it is resumed or released, and the plan warns. Turning on what is off is refused.',
    heldBy: [
      [
        'test/http/plans.test.ts',
        'goes on when it is resumed, where the policy has come to be against two providers, and the plan warns',
      ],
      [
        'test/http/plans.test.ts',
        'goes on when it is released, where the policy has come to be against two providers, and the plan warns',
      ],
      [
        'test/http/plans.test.ts',
        'of turning on what another provider signs people in for, and of what has to be confirmed (K30)',
      ],
    ],
  },
  {
    question: 'Concurrent PUTs, and whose clock decides',
    decision:
      'No clock does: changes of one resource happen one after the other, the last that commits is in force, and `If-Match` refuses whoever did not see it.',
    heldBy: [
      [files.concurrency, '20 PATCHes under one If-Match: one wins, the others are told'],
      [
        files.concurrency,
        'operations on one group at the same moment end as they would one after the other, in some order',
      ],
    ],
  },
];
