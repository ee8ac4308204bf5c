import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { acceptInvitation, inviteAgain } from '../../src/provisioning/invitation.ts';
import { createGroup, createUser, memberRow, membershipRows } from '../http/beside-globex.ts';
import { apiClient, startRollcall } from '../rollcall.ts';

test('B29, B30, B42, K15: whoever is invited is in force when they have accepted, in the teams that waited', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { invitation: 'required' } });
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const id = await createUser(acme, 'ada');
  assert.equal((await memberRow(rollcall, acme, id)).status, 'invited');
  assert.equal((await acme.scim('GET', `/Users/${id}`)).body.active, true);
  const team = await createGroup(acme, 'Engineering', [id]);
  assert.deepEqual(await membershipRows(rollcall, acme, team), [
    { member: id, inForce: false, rule: 'member-invited' },
  ]);
  const path = `/organizations/${acme.slug}/members/${id}`;
  assert.equal((await api('POST', `${path}/accept`)).body.status, 'active');
  assert.deepEqual(await membershipRows(rollcall, acme, team), [{ member: id, inForce: true, rule: 'asked-member' }]);
  assert.equal((await api('POST', `${path}/accept`)).status, 200);
  assert.equal((await api('POST', `${path}/invite`)).status, 409);
});

test('B31: an invitation ends, and an admin makes a new one', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { invitation: 'required' } });
  const { app } = rollcall.db;
  const id = await createUser(acme, 'ada');
  const late = { now: new Date(Date.now() + (limits.invitationDays + 1) * 86_400_000) };
  await assert.rejects(acceptInvitation(app, acme, id, late), /is over; invite the person again/);
  await inviteAgain(app, acme, id, late);
  assert.equal(await acceptInvitation(app, acme, id, late), true);
  assert.equal((await memberRow(rollcall, acme, id)).status, 'active');
});
