import type { RecordedExchange } from './scim-client.ts';

/**
 * Prints exchanges in the transcript format that README.md describes: requests, and of each answer its
 * status and a few values. Passwords are masked, and ids that the server made become names, so that the
 * text can be replayed against another server.
 */
export function printTranscript(exchanges: readonly RecordedExchange[], title: string): string {
  const names = new Map<string, string>();
  const counts = { user: 0, group: 0 };
  const blocks = [`# ${title}`];

  function introduce(path: string, id: unknown, where: string): string[] {
    if (typeof id !== 'string' || names.has(id)) return [];
    const kind = path.startsWith('/Groups') ? 'group' : 'user';
    counts[kind] += 1;
    names.set(id, `${kind}${counts[kind]}`);
    return [`let ${kind}${counts[kind]} = ${where}`];
  }

  for (const exchange of exchanges) {
    const lines: string[] = [];
    if (exchange.outside) lines.push('# not sent by Okta');
    lines.push(replaceIds(`${exchange.method} ${exchange.path}`, names));
    if (exchange.body !== undefined) lines.push(replaceIds(JSON.stringify(masked(exchange.body)), names));
    if (exchange.note !== undefined) lines.push(`# ${exchange.note}`);
    if (exchange.status !== undefined) {
      const values = valuesToCheck(exchange).map((line) => replaceIds(line, names));
      const { id, where } = newResource(exchange);
      lines.push(`status == ${exchange.status}`, ...values, ...introduce(exchange.path, id, where));
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

function masked(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body, (key, value) => (key === 'password' ? '********' : value)));
}

function replaceIds(text: string, names: Map<string, string>): string {
  let replaced = text;
  for (const [id, name] of names) replaced = replaced.replaceAll(id, `{${name}}`);
  return replaced;
}

function newResource({ method, status, path, answer }: RecordedExchange): { id: unknown; where: string } {
  const body = answer as { id?: unknown; Resources?: { id?: unknown }[] } | undefined;
  if (method === 'POST' && status === 201) return { id: body?.id, where: 'body.id' };
  if (method === 'GET' && path.includes('?filter='))
    return { id: body?.Resources?.[0]?.id, where: 'body.Resources[0].id' };
  return { id: undefined, where: '' };
}

function valuesToCheck({ status, answer }: RecordedExchange): string[] {
  if (typeof answer !== 'object' || answer === null || status === undefined) return [];
  const body = answer as Record<string, unknown>;
  const names = status >= 400 ? ['scimType'] : ['totalResults', 'userName', 'displayName', 'active'];
  return names
    .filter((name) => body[name] !== undefined)
    .map((name) => `body.${name} == ${JSON.stringify(body[name])}`);
}
