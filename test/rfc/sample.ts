import { readdirSync, readFileSync } from 'node:fs';
import type { ScimAnswer, TestOrganization } from '../rollcall.ts';

/**
 * An example of an RFC as a case. Ids, versions and addresses are those of the RFC; wherever a resource that was created
 * carries one, the server's own takes its place in everything that follows.
 */
export type Sample = {
  name: string;
  section: string;
  says: string;
  /** Ids of requirements that it holds. */
  holds?: string[];
  /** Resources to create first. `times` creates so many, with `{n}` counting. */
  given?: { path: string; body: Resource; times?: number }[];
  send: { method: string; path: string; headers?: Record<string, string>; body?: unknown };
  status: number;
  /** What the answer must hold. It may hold more, except what `absent` names. */
  answer?: unknown;
  absent?: string[];
  /** Reads afterwards, and what they must hold. */
  then?: { path: string; status?: number; body: unknown }[];
  /** Only the types of values are compared: the example describes another server. */
  shape?: boolean;
  /** Places where the answer differs on purpose, with the reason. It must differ there. */
  differs?: Record<string, string>;
};

type Resource = Record<string, unknown>;

/** The samples of the folder, in the order of their names. */
export function readSamples(): Sample[] {
  const folder = new URL('samples/', import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
    }))
    .filter((sample) => 'send' in sample);
}

/** Runs a sample in an organization that has nothing yet, and returns what did not come out as it says. */
export async function runSample(sample: Sample, { scim, scimBaseUrl }: TestOrganization): Promise<string[]> {
  const ours = new Map([['https://example.com/v2', scimBaseUrl]]);
  for (const { path, body, times } of sample.given ?? []) {
    const bodies = times === undefined ? [body] : Array.from({ length: times }, (_, n) => numbered(body, n + 1));
    const answers = await Promise.all(bodies.map((each) => scim('POST', path, exchanged(each, ours))));
    const refused = answers.find(({ status }) => status !== 201);
    if (refused !== undefined) return [`a given resource was refused: ${refused.text}`];
    if (times === undefined) learn(body, answers[0], ours);
  }
  const { method, path, headers, body } = exchanged(sample.send, ours);
  const answer = await scim(method, path, body, headers);
  const found: string[] = [];
  if (answer.status !== sample.status) found.push(`status is ${answer.status}, not ${sample.status}: ${answer.text}`);
  if (method === 'POST') learn(sample.answer, answer, ours);
  const compare = sample.shape === true ? differencesOfShape : differences;
  const all = sample.answer === undefined ? [] : compare(exchanged(sample.answer, ours), answer.body, '');
  const agreed = Object.keys(sample.differs ?? {});
  found.push(...all.filter(({ place }) => !agreed.includes(place)).map(({ text }) => text));
  found.push(
    ...agreed.filter((place) => !all.some((each) => each.place === place)).map((place) => `${place} is equal`),
  );
  for (const place of sample.absent ?? []) {
    if (valueAt(answer.body, place) !== undefined) found.push(`${place} is in the answer`);
  }
  for (const each of sample.then ?? []) {
    const read = await scim('GET', exchanged(each.path, ours));
    const status = each.status ?? 200;
    if (read.status !== status) found.push(`GET ${each.path} answers ${read.status}, not ${status}`);
    found.push(
      ...differences(exchanged(each.body, ours), read.body, '')
        .filter(({ place }) => !agreed.includes(place))
        .map(({ text }) => `GET ${each.path}: ${text}`),
    );
  }
  return found;
}

/** Takes down which id and version of ours stand for those of the RFC. */
function learn(theirs: unknown, answer: ScimAnswer | undefined, ours: Map<string, string>): void {
  const { id, meta } = (theirs ?? {}) as { id?: string; meta?: { version?: string } };
  const made = answer?.body as { id?: string; meta?: { version?: string } } | undefined;
  if (id !== undefined && made?.id !== undefined) ours.set(id, made.id);
  if (meta?.version !== undefined && made?.meta?.version !== undefined) ours.set(meta.version, made.meta.version);
}

function exchanged<Value>(value: Value, ours: ReadonlyMap<string, string>): Value {
  if (typeof value === 'string') {
    let text: string = value;
    for (const [theirs, own] of ours) text = text.replaceAll(theirs, own);
    return text as Value;
  }
  if (Array.isArray(value)) return value.map((each) => exchanged(each, ours)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, exchanged(each, ours)])) as Value;
}

function numbered(body: Resource, n: number): Resource {
  return exchanged(body, new Map([['{n}', String(n)]]));
}

type Difference = { place: string; text: string };

/** Values that the server makes: an example can only say that they are there. */
const ownValues = ['created', 'lastModified', 'version', 'nextCursor', 'previousCursor', 'detail'];

function differences(expected: unknown, actual: unknown, place: string): Difference[] {
  const name = place.split('.').at(-1) ?? '';
  if (ownValues.includes(name) && typeof expected === 'string') {
    return typeof actual === 'string' && actual !== '' ? [] : [{ place, text: `${place} is absent` }];
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length < expected.length) return [different(place, expected, actual)];
    const [left, right] = [inOrder(expected), inOrder(actual)];
    const length = `${place}.length`;
    return [
      ...(left.length === right.length ? [] : [different(length, left.length, right.length)]),
      ...left.flatMap((each, index) => differences(each, right[index], `${place}[${index}]`)),
    ];
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return [different(place, expected, actual)];
    return Object.entries(expected).flatMap(([key, each]) =>
      differences(each, (actual as Resource)[key], place === '' ? key : `${place}.${key}`),
    );
  }
  if (name === '$ref') return tail(expected) === tail(actual) ? [] : [different(place, expected, actual)];
  return expected === actual ? [] : [different(place, expected, actual)];
}

function differencesOfShape(expected: unknown, actual: unknown, place: string): Difference[] {
  if (typeof expected !== typeof actual || Array.isArray(expected) !== Array.isArray(actual)) {
    return [different(place, expected, actual)];
  }
  if (typeof expected !== 'object' || expected === null) return [];
  return Object.entries(expected).flatMap(([key, each]) => {
    const where = Array.isArray(expected) ? `${place}[${key}]` : place === '' ? key : `${place}.${key}`;
    return differencesOfShape(each, (actual as Resource)[key], where);
  });
}

/** Values of a list have no order (RFC 7643 §2.3); those that carry a value are compared by it. */
function inOrder(list: readonly unknown[]): unknown[] {
  const value = (each: unknown) => String((each as { value?: unknown } | null)?.value ?? '');
  return [...list].sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
}

/** A reference may be relative (RFC 7643 §2.3.7); the type and the id are what it says. */
const tail = (reference: unknown) => String(reference).split('/').slice(-2).join('/');

const different = (place: string, expected: unknown, actual: unknown): Difference => ({
  place,
  text: `${place} is ${JSON.stringify(actual) ?? 'absent'}, not ${JSON.stringify(expected)}`,
});

/** `Resources[0].title`. */
function valueAt(body: unknown, place: string): unknown {
  return place
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .reduce<unknown>((at, part) => (at as Resource | undefined)?.[part], body);
}
