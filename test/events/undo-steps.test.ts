import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givesText, profileText, valueText } from '../../src/events/undo-steps.ts';

test('the values that an undo puts back are said in words, whatever they are kept as', () => {
  const gives = (role: string | null, license: string | null) => valueText('gives', givesText({ role, license }));
  assert.deepEqual(
    [gives('admin', 'developer'), gives('admin', null), gives(null, 'developer'), gives(null, null)],
    ['role admin and license developer', 'role admin', 'license developer', 'nothing'],
  );
  assert.equal(valueText('profile', profileText({ name: 'Ada', email: 'ada@acme.example' })), 'Ada <ada@acme.example>');
  assert.equal(valueText('profile', profileText({ name: 'Ada', email: undefined })), 'Ada');
  assert.deepEqual(
    [valueText('name', null), valueText('role', null), valueText('status', 'active')],
    ['removed', 'none', 'active'],
  );
});
