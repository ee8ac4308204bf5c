import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { requirements } from '../rfc/requirements.ts';
import { allMutants } from './mutants/all.ts';

const root = new URL('../../', import.meta.url);

test('the place that each mutant changes is in the source once', () => {
  const places = allMutants.map(({ file, find }) => ({
    mutant: `${file}: ${find}`,
    found: readFileSync(new URL(file, root), 'utf8').split(find).length - 1,
  }));
  assert.deepEqual(
    places.filter(({ found }) => found !== 1),
    [],
  );
});

test('mutants break requirements that are held', () => {
  const held = requirements.flatMap((requirement) => ('heldBy' in requirement ? [requirement.id] : []));
  assert.deepEqual(
    allMutants.flatMap(({ breaks }) => breaks).filter((id) => !held.includes(id)),
    [],
  );
});
