import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTranscript, type TranscriptStep } from '../../okta-sim/transcript.ts';
import { type ReplaySend, replayTranscript } from '../../okta-sim/transcript-replay.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

/** A file of exchanges in the format of okta-sim/README.md. */
export type TranscriptFile = {
  /** Path below the folder that was read, without `.http`. */
  name: string;
  /** What the first comment of the file says. */
  says: string;
  /** From comments such as `# with usernameFormat=any`: settings of the organization. */
  settings: Record<string, string>;
  /** From a comment such as `# noted: op-case, bool-as-string`: the tolerances that the request log shows afterwards. */
  noted: string[];
  text: string;
  steps: TranscriptStep[];
};

/** Every `.http` file at or below a folder, which is a URL that ends with a slash. */
export function transcriptFiles(folder: URL): TranscriptFile[] {
  const root = fileURLToPath(folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((each) => each.endsWith('.http'))
    .sort()
    .map((each) => {
      const text = readFileSync(path.join(root, each), 'utf8');
      const settings = [...text.matchAll(/^# with (\w+)=(\w+)$/gm)].map(([, name = '', value = '']) => [name, value]);
      const says = /^# (.+)$/m.exec(text)?.[1] ?? '';
      const name = each.slice(0, -'.http'.length).split(path.sep).join('/');
      const noted = /^# noted: (.+)$/m.exec(text)?.[1]?.split(', ') ?? [];
      return { name, says, settings: Object.fromEntries(settings), noted, text, steps: parseTranscript(text) };
    });
}

export type ReplayOptions = {
  /** Settings of the organization, beside those of the file. */
  settings?: Record<string, string>;
  /**
   * For the sake of brevity transcripts leave out the schemas of a resource, which the RFC demands and providers send. They
   * are sent if this is set.
   */
  withSchemas?: boolean;
};

export type Replaying = AsyncDisposable & {
  rollcall: TestRollcall;
  /** The organization beside all others. */
  globex: TestOrganization;
  /** Replays a file against an organization of its own and fails with whatever did not come out as written. */
  replay(file: TranscriptFile, options?: ReplayOptions): Promise<TestOrganization>;
};

/**
 * A server for transcripts. Beside the organization of each lives Globex, which has people and teams of the same names; its ids
 * are `{foreignUser}` and `{foreignGroup}`, its token is `{foreignToken}`, and no transcript may change anything of it.
 * `{base}` is the address of the transcript's endpoint and `{token}` its token.
 */
export async function startReplaying(): Promise<Replaying> {
  const rollcall = await startRollcall();
  const globex = await rollcall.organization({ slug: 'globex', settings: { usernameFormat: 'any' } });
  const foreign: Record<string, string> = {};
  for (const userName of ['ada@acme.example', 'grace@acme.example', 'bjensen']) {
    const { body } = await globex.scim('POST', '/Users', { userName, externalId: userName, active: true });
    foreign[userName] = String(body.id);
  }
  const { body: team } = await globex.scim('POST', '/Groups', {
    displayName: 'Engineering',
    members: [{ value: foreign['ada@acme.example'] }],
  });
  const names = {
    foreignUser: foreign['ada@acme.example'] ?? '',
    foreignGroup: String(team.id),
    foreignToken: globex.token,
  };
  const before = await everythingOf(globex);

  return {
    rollcall,
    globex,
    async replay({ settings, steps }, options = {}) {
      const organization = await rollcall.organization({ settings: { ...options.settings, ...settings } });
      const { scimBaseUrl, token } = organization;
      const send = sendTo(organization, options.withSchemas === true ? withSchemas : (_path, body) => body);
      const failures = await replayTranscript(steps, send, { ...names, base: scimBaseUrl, token });
      assert.deepEqual(failures, []);
      assert.equal(await everythingOf(globex), before, 'another organization was changed');
      return organization;
    },
    [Symbol.asyncDispose]: () => rollcall[Symbol.asyncDispose](),
  };
}

/** Steps that check no status would pass whatever happened. */
export function assertEveryStepIsChecked(file: TranscriptFile): void {
  const unchecked = file.steps.filter(({ checks }) => !checks.some(({ kind }) => kind === 'status'));
  assert.deepEqual(
    unchecked.map(({ line, method, path: where }) => `${file.name} line ${line}: ${method} ${where}`),
    [],
  );
}

/** The body with the core schema of its resource, and those of the extensions in it, if it names none. */
function withSchemas(where: string, text: string): string {
  const type = [userType, groupType].find(({ endpoint }) => new RegExp(`^${endpoint}(/[^.]|[?]|$)`).test(where));
  if (type === undefined || !text.startsWith('{') || /"(schemas|Operations)"/i.test(text)) return text;
  const extensions = [...text.matchAll(/"(urn:[^"]+)":\s*\{/g)]
    .map(([, urn]) => urn)
    .filter((urn) => urn !== type.schema.id);
  return `{"schemas":${JSON.stringify([type.schema.id, ...extensions])},${text.slice(1)}`;
}

function sendTo({ scim }: TestOrganization, complete: (path: string, body: string) => string): ReplaySend {
  return async ({ method, path: where, headers, body }) => {
    // Names in lower case replace those that are sent without being written down.
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await scim(method, where, body && complete(where, body), lower);
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: answer.body };
  };
}

async function everythingOf({ scim }: TestOrganization): Promise<string> {
  const [users, groups] = await Promise.all([scim('GET', '/Users'), scim('GET', '/Groups')]);
  return `${users.text}\n${groups.text}`;
}
