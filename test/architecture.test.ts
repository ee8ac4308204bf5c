import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { API } from 'typescript/unstable/sync';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Who may import whom. A file belongs to the longest entry that its path begins with; an import is allowed if its path
 * begins with one of the entry's values. Packages from npm are not looked at here.
 */
const mayImport: Record<string, string[]> = {
  // The protocol and the domain compute: what they need comes as an argument.
  'src/scim/': ['src/scim/', 'src/limits.ts'],
  'src/organization/': ['src/organization/'],
  'src/limits.ts': [],
  'src/config.ts': ['src/store/operator-error.ts', 'src/mail/address.ts'],
  // What mail says, and the way to a mail server.
  'src/mail/': ['src/mail/'],
  // All the SQL there is; it does not know who asks.
  'src/store/': ['src/store/', 'src/scim/', 'src/organization/', 'src/limits.ts'],
  'src/events/': ['src/events/', 'src/store/', 'src/organization/', 'src/limits.ts'],
  // One file for each thing that can be done; it does not know that HTTP exists.
  'src/provisioning/': [
    'src/provisioning/',
    'src/scim/',
    'src/organization/',
    'src/store/',
    'src/events/',
    'src/mail/',
    'src/limits.ts',
    'src/config.ts',
  ],
  'src/http/': ['src/'],
  'src/cli/': ['src/'],
  'src/main.ts': ['src/'],
  // A simulator that shared our parser would share our bugs.
  'okta-sim/': ['okta-sim/'],
  'test/okta-sim/': ['okta-sim/', 'test/'],
};

/** Reaching past provisioning would change a resource without an event. */
const neverImports: [importer: string, imported: RegExp][] = [
  ['src/http/', /^src\/store\/.*-writing\.ts$/],
  ['src/http/', /^src\/cli\//],
];

const api = new API({ cwd: root });
after(() => api.close());

type SourceImports = { file: string; imports: string[] };

function sourcesOf(config: string): SourceImports[] {
  const tsconfig = path.join(root, config);
  const program = api.updateSnapshot({ openProject: tsconfig }).getProject(tsconfig)?.program;
  assert.ok(program, `${config} is a project`);
  const names = program.getSourceFileNames().filter((name) => name.startsWith(root) && !name.includes('node_modules'));
  return names.map((name) => ({
    file: path.relative(root, name),
    imports: (program.getSourceFile(name)?.imports ?? []).map((each) => (each as { text?: string }).text ?? ''),
  }));
}

const sources = sourcesOf('tsconfig.json');

const resolve = (file: string, specifier: string) =>
  path.relative(root, path.resolve(root, path.dirname(file), specifier));

test('the parser sees the sources', () => {
  assert.ok(sources.length > 50);
  const server = sources.find(({ file }) => file === 'src/http/server.ts');
  assert.ok(server?.imports.includes('../config.ts'));
});

test('imports go only where the table allows', () => {
  const wrong: string[] = [];
  for (const { file, imports } of sources) {
    const owner = Object.keys(mayImport)
      .filter((each) => file.startsWith(each))
      .sort((a, b) => b.length - a.length)[0];
    if (owner === undefined) continue;
    for (const specifier of imports.filter((each) => each.startsWith('.'))) {
      const target = resolve(file, specifier);
      const isAllowed = (mayImport[owner] ?? []).some((each) => target.startsWith(each));
      const isNever = neverImports.some(([importer, imported]) => file.startsWith(importer) && imported.test(target));
      if (!isAllowed || isNever) wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('relative imports name the real file', () => {
  const wrong = sources.flatMap(({ file, imports }) =>
    imports
      .filter((each) => each.startsWith('.') && !existsSync(path.join(root, resolve(file, each))))
      .map((each) => `${file}: ${each}`),
  );
  assert.deepEqual(wrong, []);
});

test('every folder of src is in the table', () => {
  const wrong = sources.filter(
    ({ file }) => file.startsWith('src/') && !Object.keys(mayImport).some((each) => file.startsWith(each)),
  );
  assert.deepEqual(wrong, []);
});

test('the console knows nothing of the server but types of its API', () => {
  const wrong = sourcesOf('console/tsconfig.json').flatMap(({ file, imports }) =>
    imports
      .filter((each) => each.startsWith('.'))
      .map((each) => resolve(file, each))
      .filter(
        (target) =>
          file.startsWith('console/') && !target.startsWith('console/') && !target.startsWith('src/http/api/'),
      )
      .map((target) => `${file} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

/** Texts that must not stand in certain files; the reason says what to do instead. */
const absences: [folder: string, text: RegExp, except: string[], instead: string][] = [
  ['src/', /process\.env/, ['src/main.ts'], 'settings are read once, in config.ts, from what main.ts passes'],
  ['src/scim/', /new Date\(\)|Date\.now|Math\.random|performance\.now/, [], 'the clock and randomness are arguments'],
  [
    'src/organization/',
    /new Date\(\)|Date\.now|Math\.random|performance\.now/,
    [],
    'the clock and randomness are arguments',
  ],
  [
    'src/store/',
    /enter_organization/,
    ['src/store/organization-transaction.ts'],
    'organizations are entered by inOrganization',
  ],
  ['test/', /\.(only|skip|todo)\(/, ['test/architecture.test.ts'], 'every test runs, always'],
];

test('what must not be written is not written', () => {
  const wrong: string[] = [];
  for (const { file } of sources) {
    for (const [folder, text, except, instead] of absences) {
      if (!file.startsWith(folder) || except.includes(file)) continue;
      const match = text.exec(readFileSync(path.join(root, file), 'utf8'));
      if (match !== null) wrong.push(`${file} has ${match[0]}: ${instead}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('no file is a drawer', () => {
  const drawer =
    /(^|\/)(utils?|helpers?|common|misc|base|lib|core|managers?|handlers?|services?|data)(\/|\.[cm]?[jt]sx?$)/;
  assert.deepEqual(
    sources.map(({ file }) => file).filter((file) => drawer.test(file)),
    [],
  );
});
