import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What must hold of security and reliability. Comments and titles of tests cite a rule by its id, which never changes. */
export type Rule = { readonly id: string; readonly says: string };

/** What a server of many organizations owes each of them. Ids that are missing are about sign-in and webhooks, which Rollcall does not have. */
export const rules: readonly Rule[] = [
  { id: 'R1', says: 'Every route says who may call it, and with which scope; one that does not stops the start.' },
  { id: 'R2', says: 'What may be done is decided on the path as it is after decoding it once.' },
  {
    id: 'R3',
    says: 'Tokens and keys have 256 random bits and a prefix that secret scanners know. They are stored as digests only, and compared in constant time.',
  },
  {
    id: 'R4',
    says: 'A token has one organization, a role ceiling, scopes, and an expiry and addresses if an admin wants them. It is refused within a second of its revocation on every process.',
  },
  { id: 'R5', says: 'A token or key is shown once, and is in no address, log, event, export or error.' },
  { id: 'R6', says: 'SCIM tokens, API keys and the operator key open nothing of each other.' },
  { id: 'R7', says: 'What is of another organization answers exactly as what there is not.' },
  {
    id: 'R8',
    says: 'Every statement names its organization, and row-level security stands behind it; each alone suffices.',
  },
  { id: 'R9', says: 'Neither a conflict nor any other refusal says anything of another organization.' },
  {
    id: 'R10',
    says: 'What a client calls a person, such as externalId or userName, finds rows of its own organization only.',
  },
  {
    id: 'R11',
    says: 'A local person becomes the provider’s only as the policy or an admin says, and another e-mail address is no way to become somebody else.',
  },
  { id: 'R12', says: 'Only what a route lists is read and answered. What only the server sets is ignored or refused.' },
  {
    id: 'R13',
    says: 'Roles and licenses come from what admins said, within the ceiling of the token. A name grants nothing, and nobody gives what they do not have.',
  },
  { id: 'R14', says: 'The last active owner and the last active admin of an organization stay, whoever asks.' },
  { id: 'R15', says: 'Seats are given under a lock, and never beyond their number.' },
  {
    id: 'R16',
    says: 'Whatever lets a person in (API keys, event streams) ends in the transaction that takes the person out of force, by whatever path, and is refused within a second.',
  },
  { id: 'R19', says: 'A PATCH, a PUT and an operation of a bulk happen whole, with their events, or not at all.' },
  {
    id: 'R20',
    says: 'Filters become SQL with parameters, over names of our own; no text of a client is part of a statement.',
  },
  {
    id: 'R21',
    says: 'Everything that a client sizes is bounded (`src/limits.ts`), and a refusal names the bound.',
  },
  {
    id: 'R22',
    says: 'JSON is read strictly: UTF-8, no key twice, bounded depth and numbers, no key that reaches a prototype.',
  },
  { id: 'R23', says: 'Only declared media types are read, and types of values are not guessed.' },
  {
    id: 'R24',
    says: 'Names that ignore letter case have one comparison key, for uniqueness, filters and lists alike.',
  },
  { id: 'R25', says: 'Passwords are stored nowhere, answered never, and no filter asks for them.' },
  { id: 'R26', says: 'Answers have the declared fields and no others, and no cache keeps them.' },
  {
    id: 'R27',
    says: 'Each token, key and organization has a rate, and so have wrong tokens of one address. What a client writes chooses no other bucket. A refusal is 429 with whole seconds in Retry-After.',
  },
  {
    id: 'R45',
    says: 'Pages and answers carry a content security policy and the other headers that keep browsers strict.',
  },
  {
    id: 'R46',
    says: 'Mail travels encrypted, unless the server is on the same machine or the operator says otherwise.',
  },
  { id: 'R47', says: 'Forwarded addresses are believed of the proxies only that the operator names.' },
  { id: 'R50', says: 'Clients that are slow, idle or send too much are closed.' },
  {
    id: 'R51',
    says: 'An error shows neither SQL nor a stack. A database that is out of reach is 503, never an empty list and never 404.',
  },
  {
    id: 'R52',
    says: 'Who did what, when, from where and by which request is in the log and the feed, and nobody can change it there. Refused credentials are logged too.',
  },
  {
    id: 'R53',
    says: 'What has to be read again (texts of mail, kept answers) is sealed under a key that is not in the database.',
  },
];

/** What is true after any history of requests, crashes and outages. */
export const invariants: readonly Rule[] = [
  { id: 'I1', says: 'No write that was answered is lost.' },
  { id: 'I2', says: 'Nothing is stored that nobody sent.' },
  { id: 'I3', says: 'Nobody sees half of a request.' },
  { id: 'I4', says: 'Who is in a group is what the answered changes say, one after the other.' },
  {
    id: 'I5',
    says: 'The feed of an organization is 1, 2, 3 … without gap and in the order of commits: an event for each change, none for a request that changed nothing or failed.',
  },
  { id: 'I7', says: 'Once a deactivation is answered, no process lets the person in for more than a second.' },
  { id: 'I8', says: 'No byte of one organization is in an answer, log, export or event of another.' },
  { id: 'I9', says: 'No two people of an organization share a userName, and none of one connection an externalId.' },
  { id: 'I10', says: 'Roles and licenses are what memberships, mappings and seats make of them.' },
  { id: 'I12', says: 'Without its database Rollcall answers 503, and lets nobody do anything.' },
  { id: 'I13', says: 'An organization that has an owner or an admin always has one who is active.' },
  { id: 'I14', says: 'After an outage service is back by itself.' },
  { id: 'I15', says: 'Every change says which request or person made it.' },
];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Ids in round brackets, one by one or as a range: (R5), (security.md R3, R13), (I1 to I5). */
const brackets = /\(((?:[^()]*[ ,;])?[RI]\d[^()]*)\)/g;
const cited = /\b([RI])(\d+)(?: to \1(\d+))?\b/g;

/** The ids that a text cites. */
export function idsIn(text: string): Set<string> {
  const ids = new Set<string>();
  for (const [inBrackets] of text.matchAll(brackets)) {
    for (const [, letter, first, last = first] of inBrackets.matchAll(cited)) {
      for (let number = Number(first); number <= Number(last); number++) ids.add(`${letter}${number}`);
    }
  }
  return ids;
}

/** The files of tests that cite each id, in alphabetical order. */
export function holders(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const paths = readdirSync(`${root}test`, { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.ts') && name !== 'security/rules.ts' && name !== 'citations.test.ts')
    .map((name) => `test/${name}`);
  for (const path of paths.sort()) {
    for (const id of idsIn(readFileSync(`${root}${path}`, 'utf8'))) found.set(id, [...(found.get(id) ?? []), path]);
  }
  return found;
}
