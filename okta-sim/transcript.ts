import { subjectId } from './engine.ts';
import type { RecordedExchange } from './scim-client.ts';
import type { OktaState } from './state.ts';

/** A resource of the app that Okta knows before a run, and the look-up that finds it in another server. */
export type KnownResource = { id: string; path: '/Users' | '/Groups'; attribute: string; value: string };

/** What Okta's memory knows of the app by id: accounts and groups, provisioned, pushed, imported, or still to be deleted. */
export function knownResources({ app, groups, jobs, tasks }: OktaState): KnownResource[] {
  const known = new Map<string, KnownResource>();
  const note = (kind: 'user' | 'group', id: string | undefined, value: string | undefined): void => {
    if (id === undefined || value === undefined || known.has(id)) return;
    const [path, attribute] =
      kind === 'user' ? (['/Users', 'userName'] as const) : (['/Groups', 'displayName'] as const);
    known.set(id, { id, path, attribute, value });
  };
  for (const user of Object.values(app.users)) note('user', user.externalId, user.pushedUserName ?? user.userName);
  for (const mapping of Object.values(app.mappings)) note('group', mapping.externalId, mapping.pushedName);
  for (const user of app.importedUsers) note('user', user.externalId, user.userName);
  for (const group of app.importedGroups) note('group', group.externalId, group.displayName);
  for (const { externalId, subject } of [...jobs, ...tasks.map(({ job }) => job)]) {
    note('group', externalId, groups[subjectId(subject)]?.name);
  }
  return [...known.values()];
}

/**
 * Prints exchanges in the transcript format that README.md describes: requests, and of each answer its
 * status and a few values. Passwords are masked, and ids that the server made become names, so that the
 * text can be replayed against another server. What was `known` before and is used begins with its look-up.
 */
export function printTranscript(
  exchanges: readonly RecordedExchange[],
  title: string,
  known: readonly KnownResource[] = [],
): string {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const blocks = [`# ${title}`];
  const used = new Set(exchanges.flatMap(requestLines).flatMap(wordsOf));

  function introduce(kind: string, id: unknown, where: string): string[] {
    if (typeof id !== 'string' || names.has(id)) return [];
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    names.set(id, `${kind}${number}`);
    return [`let ${kind}${number} = ${where}`];
  }

  for (const { id, path, attribute, value } of known.filter((resource) => used.has(resource.id))) {
    const filter = encodeURIComponent(`${attribute} eq ${JSON.stringify(value)}`);
    const lines = introduce(kindOf(path), id, 'body.Resources[0].id');
    blocks.push(
      ['# known before', `GET ${path}?filter=${filter}&startIndex=1&count=100`, 'status == 200', ...lines].join('\n'),
    );
  }
  for (const exchange of exchanges) {
    const lines: string[] = [];
    if (exchange.outside) lines.push('# not sent by Okta');
    const [request = '', ...body] = requestLines(exchange).map((line) => replaceIds(line, names));
    lines.push(request, ...headerLines(exchange), ...body);
    if (exchange.note !== undefined) lines.push(`# ${exchange.note}`);
    if (exchange.status !== undefined) {
      const values = valuesToCheck(exchange).map((line) => replaceIds(line, names));
      const introduced = newResources(exchange, used).flatMap(({ kind, id, where }) => introduce(kind, id, where));
      lines.push(`status == ${exchange.status}`, ...values, ...introduced);
    }
    blocks.push(lines.join('\n'));
  }
  return `${blocks.join('\n\n')}\n`;
}

/** One request of a transcript, and what to check in its answer. */
export type TranscriptStep = {
  line: number;
  method: string;
  path: string;
  headers: [name: string, value: string][];
  body: string | undefined;
  checks: TranscriptCheck[];
};

export type TranscriptCheck =
  | { kind: 'status'; statuses: number[] }
  | { kind: 'equal' | 'present' | 'absent'; path: string; value?: unknown }
  | { kind: 'let'; name: string; path: string };

/** Reads a transcript. Throws an Error that names the line which is none of its forms. */
export function parseTranscript(text: string): TranscriptStep[] {
  const steps: TranscriptStep[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]?.trim() ?? '';
    const step = steps.at(-1);
    if (line === '' || line.startsWith('#')) continue;
    const request = /^(GET|POST|PUT|PATCH|DELETE) (\S.*)$/.exec(line);
    if (request) {
      steps.push({
        line: at + 1,
        method: request[1] ?? '',
        path: request[2] ?? '',
        headers: [],
        body: undefined,
        checks: [],
      });
    } else if (!step) {
      throw new Error(`line ${at + 1} comes before any request: ${line}`);
    } else if (/^[{[]/.test(line) && step.body === undefined) {
      const body = readBody(lines, at);
      step.body = body.text;
      at = body.last;
    } else {
      const header = step.body === undefined && step.checks.length === 0 ? /^([A-Za-z][\w-]*): (.*)$/.exec(line) : null;
      if (header) step.headers.push([header[1] ?? '', header[2] ?? '']);
      else step.checks.push(readCheck(line, at + 1));
    }
  }
  return steps;
}

function readBody(lines: string[], first: number): { text: string; last: number } {
  for (let last = first; last < lines.length; last += 1) {
    const text = lines.slice(first, last + 1).join('\n');
    if (!/[}\]]\s*$/.test(text)) continue;
    try {
      JSON.parse(text);
      return { text, last };
    } catch {
      // The body goes on in the next line.
    }
  }
  throw new Error(`the body that begins in line ${first + 1} is not JSON`);
}

function readCheck(line: string, number: number): TranscriptCheck {
  const status = /^status (?:== (\d{3})|in ((?:\d{3} ?)+))$/.exec(line);
  if (status) return { kind: 'status', statuses: (status[1] ?? status[2] ?? '').trim().split(' ').map(Number) };
  const capture = /^let ([a-z]\w*) = ((?:body|header)\S*)$/.exec(line);
  if (capture) return { kind: 'let', name: capture[1] ?? '', path: capture[2] ?? '' };
  const state = /^((?:body|header)\S*) (present|absent)$/.exec(line);
  if (state) return { kind: state[2] as 'present' | 'absent', path: state[1] ?? '' };
  const equal = /^((?:body|header)\S*) == (.+)$/.exec(line);
  if (!equal) throw new Error(`line ${number} is neither a request nor a check: ${line}`);
  return { kind: 'equal', path: equal[1] ?? '', value: JSON.parse(equal[2] ?? '') };
}

/** The request line, and the body when there is one. */
function requestLines({ method, path, body }: RecordedExchange): string[] {
  return [`${method} ${path}`, ...(body === undefined ? [] : [JSON.stringify(masked(body))])];
}

/** Headers of one request beyond Okta's own, without what lets somebody in. */
function headerLines({ headers }: RecordedExchange): string[] {
  const shown = Object.entries(headers).filter(([name]) => !/^(proxy-)?authorization$|^cookie$/i.test(name));
  return shown.map(([name, value]) => `${name}: ${value}`);
}

function masked(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body, (key, value) => (key === 'password' ? '********' : value)));
}

/** Where an id can stand in a request line or in JSON: a whole segment of a path, or a whole string. */
const words = /(^|["/])([^"/\\?]+)(?=["/\\?]|$)/g;

function wordsOf(text: string): string[] {
  return [...text.matchAll(words)].map(([, , word = '']) => word);
}

function replaceIds(text: string, names: Map<string, string>): string {
  return text.replace(words, (whole: string, before: string, word: string) => {
    const name = names.get(word);
    return name === undefined ? whole : `${before}{${name}}`;
  });
}

/**
 * Ids in an answer that are to have a name: of what was created or looked up, and what else a request uses, such as an
 * account on a page of an import or a member of a linked group.
 */
function newResources(
  { method, status, path, answer }: RecordedExchange,
  used: Set<string>,
): { kind: string; id: unknown; where: string }[] {
  const body = answer as { id?: unknown; Resources?: { id?: unknown }[]; members?: { value?: unknown }[] } | undefined;
  const kind = kindOf(path);
  if (method === 'POST' && status === 201) return [{ kind, id: body?.id, where: 'body.id' }];
  if (method !== 'GET') return [];
  const found = listOf(body?.Resources).map(({ id }, at) => ({ kind, id, where: `body.Resources[${at}].id` }));
  const members = listOf(body?.members).map(({ value }, at) => ({
    kind: 'member',
    id: value,
    where: `body.members[${at}].value`,
  }));
  const lookedUp = path.includes('?filter=');
  return [...found, ...members].filter(({ id }, at) => used.has(String(id)) || (lookedUp && at === 0));
}

function kindOf(path: string): 'user' | 'group' | 'resource' {
  if (path.startsWith('/Users')) return 'user';
  return path.startsWith('/Groups') ? 'group' : 'resource';
}

function listOf<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : [];
}

function valuesToCheck({ status, answer }: RecordedExchange): string[] {
  if (typeof answer !== 'object' || answer === null || status === undefined) return [];
  const body = answer as Record<string, unknown>;
  const names = status >= 400 ? ['scimType'] : ['totalResults', 'userName', 'displayName', 'active'];
  return names
    .filter((name) => body[name] !== undefined)
    .map((name) => `body.${name} == ${JSON.stringify(body[name])}`);
}
