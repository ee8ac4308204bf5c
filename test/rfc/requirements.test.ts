import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { conformanceDocument } from '../../docs/generated/conformance.ts';
import { normativeSections, requirements } from './requirements.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const isCited = (text: string, id: string) =>
  new RegExp(`(?<![\\w.-])${id.replaceAll('.', '\\.')}(?![\\w-])`).test(text);

test('ids are unique, and begin with the RFC and the section', () => {
  const ids = requirements.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
  for (const { id, section } of requirements) {
    const [, rfc, number] = /^RFC (\d+) §([\d.]+)$/.exec(section) ?? [];
    assert.ok(id.startsWith(`${rfc}-${number}-`), `${id} is not in ${section}`);
  }
});

test('what holds a requirement exists and cites its id', () => {
  const wrong: string[] = [];
  for (const requirement of requirements) {
    if (!('heldBy' in requirement)) continue;
    for (const path of requirement.heldBy) {
      if (!existsSync(new URL(path, root))) wrong.push(`${path} does not exist`);
      else if (!isCited(read(path), requirement.id)) wrong.push(`${path} does not cite ${requirement.id}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('what cites a requirement is named by it', () => {
  const folders = ['test/transcripts/', 'test/rfc/', 'test/rfc/samples/'];
  const files = folders.flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => /\.(http|json|test\.ts)$/.test(name))
      .map((name) => folder + name),
  );
  const wrong: string[] = [];
  for (const path of files) {
    for (const [id] of read(path).matchAll(/\b(?:7643|7644|9865)-\d[\d.]*-[a-z][a-z0-9-]*[a-z0-9]/g)) {
      const named = requirements.find((each) => each.id === id);
      if (named === undefined) wrong.push(`${path} cites ${id}, which is no requirement`);
      else if (!('heldBy' in named) || !named.heldBy.includes(path)) wrong.push(`${id} does not name ${path}`);
    }
  }
  assert.deepEqual([...new Set(wrong)], []);
});

test('every section with normative words has requirements, or says why not', () => {
  const covered = new Set(requirements.map(({ section }) => section));
  const wrong = Object.entries(normativeSections)
    .filter(([section, words]) => covered.has(section) !== (typeof words === 'number'))
    .map(([section]) => section);
  assert.deepEqual(wrong, []);
});

test('a requirement that is not kept is a choice with its reason, or named as missing', () => {
  for (const requirement of requirements) {
    const held = 'heldBy' in requirement && requirement.heldBy.length > 0;
    const chosen = 'choice' in requirement && requirement.choice !== '';
    const missing = 'notYet' in requirement && requirement.notYet !== '';
    assert.ok(held || chosen || missing, requirement.id);
  }
});

test('docs/reference/conformance.md is what the requirements say', () => {
  assert.equal(read('docs/reference/conformance.md'), conformanceDocument());
});
