import type { HeldBatch } from '../../../src/http/api/schemas/connection.ts';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import type { SignInProvider } from '../../../src/http/api/schemas/sign-in-provider.ts';
import type { DisconnectChoice, SwitchedState } from '../api/provisioning.ts';
import type { ProviderKind } from '../api/sign-in.ts';

/** What the states of a connection are called, what each means, and what the way to it is called. */
export const stateWords: Record<SwitchedState, { name: string; means: string; switches: string; title: string }> = {
  off: {
    name: 'Off',
    means: 'Requests of the identity provider are refused. Everybody and everything that is here stays.',
    switches: 'Turn off',
    title: 'Turn provisioning off',
  },
  observing: {
    name: 'Observing',
    means:
      'Requests are taken, stored and answered as always, and nothing is put in force. For the beginning: let the provider push everybody, and look at what turning on would do.',
    switches: 'Observe',
    title: 'Observe',
  },
  on: {
    name: 'On',
    means: 'What the identity provider asks is in force at once, and what was held until then as well.',
    switches: 'Turn on',
    title: 'Turn provisioning on',
  },
  paused: {
    name: 'Paused',
    means: 'As when observing: what is asked is kept and comes in force when provisioning is turned on again.',
    switches: 'Pause',
    title: 'Pause provisioning',
  },
};

/** What may become of what the provider manages when it is disconnected. */
export const choiceWords: Record<DisconnectChoice, { name: string; means: string }> = {
  keep: {
    name: 'Keep them as they are',
    means: 'People and teams stay in force, and are edited by hand from now on.',
  },
  suspend: {
    name: 'Suspend people',
    means: 'People are suspended, and their keys and seats end. Teams stay, and are edited by hand from now on.',
  },
  remove: {
    name: 'Remove them',
    means: 'People and the teams that the provider made are removed. For a time they can be brought back.',
  },
  'hand-over': {
    name: 'Hand them over to another provider',
    means:
      'Nobody changes. The next provider finds people by their userName and groups by their name, and takes them over.',
  },
};

const kinds: Record<Plan['items'][number]['kind'], [one: string, many: string]> = {
  'member.status': ['person comes, goes or changes status', 'people come, go or change status'],
  'member.profile': ['name or address changes', 'names or addresses change'],
  'member.linked': ['person is taken over by the provider', 'people are taken over by the provider'],
  'team.linked': ['team is taken over by the provider', 'teams are taken over by the provider'],
  'member.waiting_address': ['address begins or ceases to wait', 'addresses begin or cease to wait'],
  'member.role': ['role changes', 'roles change'],
  'member.license': ['license changes', 'licenses change'],
  'member.rights_narrowed': ['person may do less', 'people may do less'],
  'held.discarded': ['held change is discarded', 'held changes are discarded'],
  'team.name': ['team is made or renamed', 'teams are made or renamed'],
  'team.removed': ['team ends', 'teams end'],
  membership: ['membership changes', 'memberships change'],
  'member.origin': ['person is edited by hand from now on', 'people are edited by hand from now on'],
  'member.handed_over': ['person waits for the next provider', 'people wait for the next provider'],
  'team.origin': ['team is edited by hand from now on', 'teams are edited by hand from now on'],
  'team.handed_over': ['team waits for the next provider', 'teams wait for the next provider'],
};

/** How many things of a kind change. A kind of a newer server is shown by its name. */
export function countText(kind: string, count: number): string {
  const words = Object.entries(kinds).find(([name]) => name === kind)?.[1];
  return `${count.toLocaleString('en')} ${words === undefined ? kind : words[count === 1 ? 0 : 1]}`;
}

const facts: Record<string, string> = {
  'member.status': 'status',
  'member.profile': 'name and address',
  'member.linked': 'origin',
  'team.linked': 'origin',
  'member.waiting_address': 'address to confirm',
  'member.role': 'role',
  'member.license': 'license',
  'member.rights_narrowed': 'what the person may',
  'held.discarded': 'held change',
  'team.name': 'team',
  'team.removed': 'team',
  'member.origin': 'origin',
  'member.handed_over': 'external id',
  'team.origin': 'origin',
  'team.handed_over': 'external id',
};

/** What of a person or team changes. */
export const factText = ({ kind, team }: Plan['items'][number]): string =>
  team === undefined ? (facts[kind] ?? kind) : `in team ${team.name}`;

const brakeWords: Record<HeldBatch['kinds'][number], string> = {
  deactivations: 'people who are deactivated or deleted',
  teamRemovals: 'teams that are deleted',
  emptiedTeams: 'people who are taken out of teams',
  lostAdmins: 'owners and admins who no longer administer',
  downgrades: 'people who lose their license or get a lesser one',
};

/** What the brake holds a batch of, since it was too much. */
export const brakedText = ({ kinds }: HeldBatch): string => kinds.map((kind) => brakeWords[kind]).join(', ');

/** What holds a batch: the state of the connection, or the brake. */
export const heldByText = (batch: HeldBatch): string =>
  batch.cause === 'connection' ? 'the connection' : `the brake: ${brakedText(batch)}`;

/** What providers are called. */
const providerNames: Record<ProviderKind, string> = {
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  onelogin: 'OneLogin',
  jumpcloud: 'JumpCloud',
  ping: 'PingOne',
  google: 'Google Workspace',
  authentik: 'authentik',
  keycloak: 'Keycloak',
  other: 'another provider',
};

export const providerName = (kind: string): string => providerNames[kind as ProviderKind] ?? kind;

/** The providers to choose from. */
export const providerChoices = Object.entries(providerNames).map(([value, label]) => ({ value, label }));

/** What it means that one provider does both, or not. */
export const standingWords: Record<SignInProvider['standing'], string> = {
  same: 'One provider does both: whoever it takes out is out.',
  differ: 'These are two: whoever one of them takes out can stay in by the other.',
  undeclared: 'Until it is declared, nobody can tell whether people sign in with the provider that manages them.',
};
