/** Whatever a comment, a title or a document cites is in this repository: nobody is sent to a page that is not there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rollcallCommand } from '../src/cli/program.ts';
import { linesOfOneAnswer, policySettings } from '../src/organization/policy-settings.ts';
import { behaviors } from './behaviors/behaviors.ts';
import { rows } from './captures/rows.ts';
import { holders, idsIn, invariants, rules } from './security/rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['src', 'console/src', 'okta-sim', 'bench', 'bin', 'docs', 'migrations', 'test', '.'];

const texts = folders.flatMap((folder) =>
  readdirSync(path.join(root, folder), { encoding: 'utf8', recursive: folder !== '.' })
    .map((name) => path.join(folder, name))
    .filter((name) => /\.(md|[jt]sx?|sql|http)$/.test(name) && !/node_modules|citations\.test/.test(name))
    .map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') })),
);

const documents = texts.map(({ name }) => name).filter((name) => name.endsWith('.md'));
const okta = texts.find(({ name }) => name === 'docs/reference/okta-wire.md')?.text ?? '';

test('ids of rules are read one by one, in lists and as ranges, in brackets only', () => {
  assert.deepEqual(
    [...idsIn('a title (R5, K14), a comment (security.md I1 to I3; R7) and R2-D2')],
    ['R5', 'I1', 'I2', 'I3', 'R7'],
  );
});

const ruleIds = [...rules, ...invariants].map(({ id }) => id);

test('a test holds every rule of security.md', () => {
  const held = holders();
  assert.deepEqual(
    ruleIds.filter((id) => !held.has(id)),
    [],
  );
});

test('every rule, setting, behavior of a product and trait of a provider that is cited in brackets is there', () => {
  const known = new Set([
    ...ruleIds,
    ...Object.values(policySettings).map(({ id }) => id),
    ...Object.keys(linesOfOneAnswer),
    ...Object.values(behaviors).flatMap(({ lines }) => lines.map(({ id }) => id)),
    ...Object.values(rows).flat(),
  ]);
  const brackets = /\(((?:[^()\n]*[ ,;])?[A-Z]{1,2}\d{1,2}\b[^()\n]*)\)/g;
  const wrong = texts.flatMap(({ name, text }) => {
    const cited = [...text.matchAll(brackets)].flatMap(([, inBrackets = '']) =>
      [...inBrackets.matchAll(/\b(?:A|B|D|P|K|R|I|E|OK|O|J|G)\d{1,2}\b/g)].map(([id]) => id),
    );
    return [...idsIn(text), ...cited].filter((id) => !known.has(id)).map((id) => `${name}: ${id}`);
  });
  assert.deepEqual(wrong, []);
});

test('every document that is named or linked is there', () => {
  const wrong = texts.flatMap(({ name, text }) =>
    [...text.matchAll(/(?<![\w/.-])((?:\.{1,2}\/)*(?:[\w-]+\/)*)([\w-]+\.md)\b/g)]
      .filter(([, folder = '', file = '']) => {
        const isNearby = existsSync(path.join(root, path.dirname(name), folder, file));
        const isFromRoot = existsSync(path.join(root, folder, file));
        return !isNearby && !isFromRoot && !(folder === '' && documents.some((each) => path.basename(each) === file));
      })
      .map(([cited]) => `${name}: ${cited}`),
  );
  assert.deepEqual(wrong, []);
});

test('every section of okta-wire.md that is cited is there', () => {
  const headings = new Set([...okta.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number = '']) => number));
  const lists = new Map(
    [...okta.matchAll(/^## (\d+)\..*\n((?:(?!## )[^\n]*\n)*)/gm)].map(([, number = '', body = '']) => [number, body]),
  );
  const hasItem = (section: string, item: string) => new RegExp(`^${item}\\. `, 'm').test(lists.get(section) ?? '');
  const isThere = (section: string) => {
    const [first = '', second] = section.split(/[.-]/);
    return headings.has(section) || (second !== undefined && hasItem(first, second));
  };
  const wrong = texts.flatMap(({ name, text }) =>
    [...text.matchAll(/okta-wire(?:\.md)?((?:,? §\d+(?:[.-]\d+)?)+)/g)].flatMap(([, cited = '']) =>
      [...cited.matchAll(/\d+(?:[.-]\d+)?/g)]
        .map(([section]) => section)
        .filter((section) => !isThere(section))
        .map((section) => `${name}: §${section}`),
    ),
  );
  assert.deepEqual(wrong, []);
  assert.ok(headings.size > 40);
});

test('every command that a text names is one of rollcall', () => {
  const program = rollcallCommand({ env: {}, out: () => undefined, err: () => undefined, isTerminal: false });
  const verbs = new Map(program.commands.map((noun) => [noun.name(), noun.commands.map((verb) => verb.name())]));
  const wrong = texts
    .filter(({ name }) => !name.startsWith('test/'))
    .flatMap(({ name, text }) =>
      [...text.matchAll(/(`(?=[^`$]*`)|npx )?\brollcall ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g)]
        .filter(([, isQuoted, noun = '', verb = '']) => {
          const known = verbs.get(noun);
          if (known === undefined) return isQuoted !== undefined;
          return known.length > 0 && verb !== '' && !known.includes(verb);
        })
        .map(([cited]) => `${name}: ${cited}`),
    );
  assert.deepEqual(wrong, []);
  assert.ok(verbs.size > 20);
});
