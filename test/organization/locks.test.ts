import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Edit, lockOn } from '../../src/organization/locks.ts';
import { defaultPolicy, type Policy } from '../../src/organization/policy.ts';

const now = new Date('2030-01-10T12:00:00Z');
const managed = { isManaged: true, unlockedUntil: undefined };
const edits: Edit[] = ['add-member', 'edit-member', 'give-access', 'edit-team'];

const locked = (subject: Parameters<typeof lockOn>[1], policy: Partial<Policy> = {}, isConnected = true) =>
  edits.filter((edit) => lockOn(edit, subject, { policy: { ...defaultPolicy, ...policy }, isConnected, now }));

describe('locks', () => {
  test('what the provider manages is locked, and its roles are open (K8, K9, K10)', () => {
    assert.deepEqual(locked(managed), ['add-member', 'edit-member', 'edit-team']);
  });

  test('each setting opens or closes its own lock', () => {
    assert.deepEqual(locked(managed, { addByHand: 'allowed' }), ['edit-member', 'edit-team']);
    assert.deepEqual(locked(managed, { editMembersByHand: 'allowed' }), ['add-member', 'edit-team']);
    assert.deepEqual(locked(managed, { editMembersByHand: 'blocked' }), edits);
    assert.deepEqual(locked(managed, { editTeamsByHand: 'allowed' }), ['add-member', 'edit-member']);
  });

  test('what no provider manages is open', () => {
    assert.deepEqual(locked({ ...managed, isManaged: false }, { editMembersByHand: 'blocked' }), ['add-member']);
  });

  test('manual updates open everything (B49), and so does a connection that is off', () => {
    assert.deepEqual(locked(managed, { manualUpdates: 'on' }), []);
    assert.deepEqual(locked(managed, {}, false), []);
  });

  test('what is unlocked is locked again by itself', () => {
    const until = (ms: number) => ({ isManaged: true, unlockedUntil: new Date(now.getTime() + ms) });
    assert.deepEqual(locked(until(1)), []);
    assert.deepEqual(locked(until(0)), ['add-member', 'edit-member', 'edit-team']);
  });

  test('a lock names the setting and a way out', () => {
    for (const edit of edits) {
      const policy: Policy = { ...defaultPolicy, editMembersByHand: 'blocked' };
      const lock = lockOn(edit, managed, { policy, isConnected: true, now });
      assert.match(lock?.wayOut ?? '', /manualUpdates/);
      assert.ok(lock !== undefined && Object.hasOwn(defaultPolicy, lock.setting));
    }
  });
});
