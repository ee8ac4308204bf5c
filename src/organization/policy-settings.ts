/**
 * Every setting of an organization's policy: which line of the table of settings it is (K1 to K31), what it decides, and what
 * each of its values means, the default first. The schema of the management API, the command line and
 * docs/reference/policy.md come from this table; presets.ts says what each preset makes of it.
 */

import { type BrakeKind, brakeFacts, levelSays } from './brake.ts';

export type Setting = {
  /** The row of the table of settings that it decides, or that it is about the brake, which no product has. */
  readonly id: `K${number}` | 'brake';
  readonly meaning: string;
  /** Each value with what it means, the default first. */
  readonly values: Readonly<Record<string, string>>;
  /** What an admin has to confirm before a value is taken, and why. */
  readonly confirm?: Readonly<Record<string, string>>;
};

/** The levels of one kind of the brake. */
function levels(kind: BrakeKind) {
  const { normal, strict, loose } = brakeFacts[kind].levels;
  return {
    normal: levelSays(kind, normal),
    strict: levelSays(kind, strict),
    loose: levelSays(kind, loose),
    off: 'nothing is held',
  };
}

export const policySettings = {
  accountMatch: {
    id: 'K1',
    meaning:
      'What happens when the provider comes upon a person whom an admin made. Nobody who administers the organization is ever linked without having been named by an admin.',
    values: {
      trusted:
        'the person is linked if the userName matches, or an e-mail address in a domain that the organization has verified; any other address alone is refused',
      link: 'the person is linked, also by an e-mail address alone',
      refuse: 'nobody is linked until an admin allows it for the person',
    },
  },
  usernameFormat: {
    id: 'K2',
    meaning:
      'What a `userName` must look like. Okta sends whatever its *Application username format* says, and a login name that is no address cannot be invited or matched later.',
    values: {
      email: 'an e-mail address; a refusal names the setting in Okta that is wrong',
      any: 'anything',
      'email-of-person': 'an e-mail address and, where the person has e-mail addresses, one of them',
    },
  },
  addressChange: {
    id: 'K3',
    meaning:
      'What happens when the provider gives a person another `userName` or another e-mail address. The address in force is where mail goes and what the organization knows the person by. The old address is told.',
    values: {
      trusted:
        'in a domain that the organization has verified it is in force at once; any other e-mail address waits until the person has confirmed it by a mail to it',
      apply: 'it is in force at once',
      confirm: 'an e-mail address waits until the person has confirmed it by a mail to it',
      refuse: 'another `userName` is refused: `mutability`; e-mail addresses may change',
    },
  },
  matchLetterCase: {
    id: 'K4',
    meaning:
      'Whether letter case counts when the provider comes upon a person or a team that an admin made. Names are unique and are found without it all the same, and are kept as they were written.',
    values: {
      ignore: 'no',
      exact:
        'yes: a name that is spelled otherwise is refused instead of linked, an e-mail address that is spelled otherwise is another one',
    },
  },
  deactivation: {
    id: 'K5',
    meaning: 'What becomes of a person whom the provider deactivates.',
    values: {
      suspend: 'suspended, with everything kept',
      remove: 'removed from the organization, and still there for the provider to bring back',
    },
  },
  deletion: {
    id: 'K6',
    meaning: 'What a person’s deletion by the provider does.',
    values: {
      'remove-after-grace': 'the person is removed, and for a time comes back as who they were',
      remove: 'the person is removed and forgotten',
      refuse: 'it is refused: the provider may only deactivate',
    },
  },
  reactivation: {
    id: 'K7',
    meaning: 'How a person is who comes back. Sessions and API keys never do.',
    values: {
      restore: 'with the roles, the license and the local teams that an admin gave',
      invite: 'the same, when they have accepted an invitation',
      fresh: 'as somebody new: what an admin gave ends with the return, also of somebody who was only deactivated',
    },
  },
  addByHand: {
    id: 'K8',
    meaning: 'Whether admins may make people beside the provider while the connection is on.',
    values: {
      blocked: 'no; the operator may, as a way in when the provider is out of reach',
      allowed: 'yes',
    },
  },
  manualUpdates: {
    id: 'K8',
    meaning:
      'Whether all locks on what the provider manages are open (K8, K9 and K10). Its next request about a person or team wins over what was edited by hand.',
    values: { off: 'each lock is as its own setting says', on: 'all are open' },
    confirm: {
      on: 'Every lock on what the provider manages opens: admins may edit people and teams that it writes over with its next request.',
    },
  },
  editMembersByHand: {
    id: 'K9',
    meaning: 'What admins may edit of people whom the provider manages.',
    values: {
      roles: 'their roles and licenses',
      blocked: 'nothing',
      allowed: 'their roles and licenses, and the name, the address and the status in force',
    },
  },
  editTeamsByHand: {
    id: 'K10',
    meaning: 'Whether admins may rename and remove teams that the provider manages, and change who is in them.',
    values: { blocked: 'no', allowed: 'yes, until the next request of the provider' },
  },
  groupNameClash: {
    id: 'K11',
    meaning:
      'What happens when the provider pushes a group that has the name of a team of the organization’s own. A team that gives a role or a license is linked by its name only where an admin has decided so.',
    values: {
      ask: 'it is refused until an admin has decided, with one call, whether the team is linked or the group is a team of its own; a team that the provider found and names by its id waits for the same word',
      refuse: 'it is refused; the provider links the team by its id, as *Link group* does',
      link: 'the team is linked, and has the provider’s people from now on',
    },
  },
  localTeams: {
    id: 'K12',
    meaning: 'What the provider sees of teams of the organization’s own. It cannot delete them, whatever this says.',
    values: {
      listed:
        'that they are there, without the people in them and, since a SCIM group has no attribute for it, without a mark that they are local; it can link a group to one, and any other change is refused with the reason',
      'listed-with-members': 'the same with the people in them, so that it can import them as they are',
      hidden: 'nothing: they are in no list and under no id',
    },
  },
  groupDeletion: {
    id: 'K13',
    meaning: 'What becomes of a team when the provider deletes its group. Its people stay in the organization.',
    values: {
      'remove-after-grace':
        'the team is removed, and for a time an admin can bring it back, empty and with what it gave',
      remove: 'the team is removed with what it gave',
    },
  },
  unknownMembers: {
    id: 'K14',
    meaning:
      'What happens to a member of a group whose id Rollcall never gave out. One unknown id that is refused stops Okta from pushing the whole group until an admin steps in.',
    values: {
      skip: 'that one is left out, the others are kept, and the request log says so; a list that would replace the members and names nobody who is here is refused, since it would only empty the group',
      refuse: 'the whole request is refused, and the ids are listed',
    },
  },
  heldMembers: {
    id: 'K14',
    meaning: 'What happens to a member of a group who is suspended, invited or, where licenses are used, without one.',
    values: {
      wait: 'the person is in the team as soon as the obstacle goes',
      refuse: 'the whole request is refused, and the ids are listed',
    },
  },
  invitation: {
    id: 'K15',
    meaning: 'Whether people are in force only when they have accepted an invitation. Until then they have no license.',
    values: {
      none: 'no',
      welcome: 'no; a mail tells them that they are members',
      required: 'yes; a mail has the link',
    },
  },
  unknownAttributes: {
    id: 'K16',
    meaning: 'What happens to an attribute that no schema describes.',
    values: {
      keep: 'it is stored as it came, and the request log says so',
      refuse: 'the request is refused: `invalidPath`',
    },
  },
  externalIds: {
    id: 'K17',
    meaning: 'What happens to `externalId`.',
    values: { stored: 'it is stored', ignored: 'it is not stored on users, and refused on groups' },
  },
  tokens: {
    id: 'K18',
    meaning: 'How many SCIM tokens are good at a time.',
    values: { many: 'several, so that one takes over from another', single: 'one: a new one revokes those before it' },
  },
  turnOff: {
    id: 'K19',
    meaning:
      'What turning provisioning off is. Whoever disconnects chooses what becomes of people and teams, whatever this says.',
    values: {
      leave: 'requests of the provider are refused, and everything stays; turning on goes on with it',
      discard:
        'the connection ends for good: its tokens are refused, and people and teams stay as local ones that no provider knows',
    },
  },
  signInGroups: {
    id: 'K20',
    meaning: 'Whether the groups of a sign-in give licenses to people whom the provider manages.',
    values: { ignore: 'no', apply: 'yes' },
  },
  licenseSource: {
    id: 'K21',
    meaning: 'Where licenses come from.',
    values: {
      none: 'licenses are not used',
      'by-rules': 'an admin’s word about the person, then the teams, then the groups of the sign-in',
      'by-hand': 'an admin gives each',
      'by-team': 'teams that an admin mapped',
      'by-sign-in': 'groups of the sign-in that an admin mapped',
      'by-attribute': 'the provider’s attribute alone, which is the source of truth',
    },
  },
  defaultRole: {
    id: 'K22',
    meaning: 'The role of whom nobody gave another one.',
    values: { viewer: 'viewer', member: 'member' },
  },
  defaultLicense: {
    id: 'K22',
    meaning: 'The license of whom no rule gives one, where licenses are used.',
    values: {
      none: 'none',
      developer: 'developer',
      analyst: 'analyst',
      it: 'it',
      read_only: 'read_only',
    },
  },
  baseUrl: {
    id: 'K24',
    meaning:
      'By what the organization is named in the SCIM base URL that is shown, and in the addresses of resources. Both work at any time, so a provider that was given the other goes on.',
    values: {
      slug: 'its name in addresses, which never changes',
      id: 'its id, which tells nobody who the organization is',
    },
  },
  countAboveMaximum: {
    id: 'K25',
    meaning: 'What happens to a `count` above the largest page.',
    values: { cap: 'the page is as large as a page can be', refuse: 'the request is refused' },
  },
  breakGlassAccounts: {
    id: 'K26',
    meaning:
      'How many people an admin may set apart as a way in when the provider is out of reach or gone wrong: no request of the provider touches them. The last owner and the last admin stay under every value.',
    values: {
      two: 'two',
      one: 'one',
      any: 'any number',
      none: 'nobody',
    },
  },
  withoutSeat: {
    id: 'K27',
    meaning: 'What happens to a person for whom no seat of the license is free.',
    values: {
      wait: 'the person waits for one, and the request log says so',
      refuse: 'the request is refused with the reason',
    },
  },
  groupNames: {
    id: 'K27',
    meaning: 'How long the `displayName` of a group may be.',
    values: { any: 'as long as an attribute may be', 'at-most-100': '100 characters' },
  },
  filters: {
    id: 'K28',
    meaning:
      'Which filters the provider may use. ServiceProviderConfig says that filters are supported under both values: it has no words for some of them.',
    values: {
      all: 'the whole grammar',
      'names-only': '`userName eq` and `displayName eq`; any other is refused: `invalidFilter`',
    },
  },
  auditActor: {
    id: 'K29',
    meaning:
      'Whom the audit, its exports and the history of a person or team name for what the provider asked. What is stored, and the event feed, always have the token; each line keeps its request, which the request log has with the token.',
    values: {
      token: 'the token by its name, and the provider of its connection',
      service: 'the SCIM service, whichever token it was',
      'nobody-for-removed-teams': 'the token, and nobody where the provider deleted the group of a team',
    },
  },
  sameSignInProvider: {
    id: 'K30',
    meaning:
      'Whether the provider that signs people in has to be the one that provisions them: whoever one of two takes out can stay in by the other. It is asked when provisioning is turned on, and when one of the two changes while it is on. What is on goes on, and the setup doctor says what is so.',
    values: {
      overridable:
        'it should be: another one is refused until somebody confirms it; where none is declared, the setup doctor says so',
      required: 'it has to be: another one is refused, and so is none',
      any: 'no',
    },
  },
  brakeWindow: {
    id: 'brake',
    meaning:
      'The time in which the brake counts. A directory that goes wrong does so within minutes; a longer time also stops what goes wrong slowly.',
    values: { hour: 'an hour', quarter: 'a quarter of an hour', day: 'a day' },
  },
  brakeDeactivations: {
    id: 'brake',
    meaning:
      'How many people the provider may deactivate or delete in that time before the rest is held until an admin releases or discards it. The provider sees success.',
    values: levels('deactivations'),
  },
  brakeTeamRemovals: {
    id: 'brake',
    meaning: 'The same of teams that it deletes.',
    values: levels('teamRemovals'),
  },
  brakeEmptiedTeams: {
    id: 'brake',
    meaning:
      'The same of people whom it takes out of teams. A request that takes more than half of a team out of it, and more than 20 people, is held in any case.',
    values: levels('emptiedTeams'),
  },
  brakeLostAdmins: {
    id: 'brake',
    meaning: 'The same of owners and admins who no longer administer by what it does.',
    values: levels('lostAdmins'),
  },
  brakeDowngrades: {
    id: 'brake',
    meaning: 'The same of people who lose their license by it, or get a lesser one, and stay in the organization.',
    values: levels('downgrades'),
  },
} as const satisfies Record<string, Setting>;

/**
 * The lines of the table of settings to which every product, and Rollcall, has the same answer, so that there is nothing to set.
 */
export const linesOfOneAnswer = {
  K23: 'A new person is in no team but those that the provider or an admin puts them into: there are no default teams.',
  K31: 'People and teams who were there when provisioning was turned on stay the organization’s own until the provider first comes upon them; the forecast says what then becomes of each.',
} as const satisfies Record<`K${number}`, string>;

export type SettingName = keyof typeof policySettings;

/** A value for every setting. */
export type Settings = { readonly [Name in SettingName]: keyof (typeof policySettings)[Name]['values'] };

export const settingNames = Object.keys(policySettings) as readonly SettingName[];

export const isSettingName = (name: string): name is SettingName => Object.hasOwn(policySettings, name);

/** The values that a setting takes, the default first. */
export const valuesOf = <Name extends SettingName>(name: Name) =>
  Object.keys(policySettings[name].values) as [Settings[Name], ...Settings[Name][]];

export const defaultSettings = Object.fromEntries(settingNames.map((name) => [name, valuesOf(name)[0]])) as Settings;
