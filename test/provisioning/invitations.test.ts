import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { restoreMember, suspendMember } from '../../src/provisioning/edit-member.ts';
import { acceptInvitation, inviteAgain } from '../../src/provisioning/invitation.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { returnMember } from '../../src/provisioning/return-member.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { listMails } from '../../src/store/mails.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { createGroup, createUser, memberRow, membershipRows, patch } from '../http/beside-globex.ts';
import { apiClient, brakeOff, startRollcall } from '../rollcall.ts';

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

test('whoever waits for a team says why they are not in it by now: suspended, and invited again', async () => {
  await using rollcall = await startRollcall();
  const settings = { invitation: 'required' };
  const [acme, other] = [await rollcall.organization({ settings }), await rollcall.organization({ settings })];
  const [id, twin] = [await createUser(acme, 'ada'), await createUser(other, 'ada')];
  const [team, twins] = [await createGroup(acme, 'Engineering', [id]), await createGroup(other, 'Engineering', [twin])];
  const waiting = async (active: boolean) => {
    const answer = await acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active } }));
    assert.equal(answer.status, 200, answer.text);
    return (await membershipRows(rollcall, acme, team)).map(({ inForce, rule }) => [inForce, rule]);
  };
  assert.deepEqual(await waiting(false), [[false, 'member-suspended']]);
  assert.deepEqual(await waiting(true), [[false, 'member-invited']]);
  await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme);
  assert.deepEqual(await membershipRows(rollcall, other, twins), [
    { member: twin, inForce: false, rule: 'member-invited' },
  ]);
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

test('B31: a person is invited again after a pause, a few times a day, and an earlier mail goes nowhere', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { invitation: 'required' } });
  const globex = await rollcall.organization({ settings: { invitation: 'required' } });
  const { app } = rollcall.db;
  const [id] = [await createUser(acme, 'ada'), await createUser(globex, 'ada')];
  const start = Date.now();
  const at = (seconds: number) => ({ now: new Date(start + seconds * 1000) });
  await assert.rejects(inviteAgain(app, acme, id, at(1)), { code: 'too_soon' });
  const pause = limits.invitationPauseSeconds;
  for (let count = 1; count < limits.invitationsPerDayMax; count++)
    await inviteAgain(app, acme, id, at(count * (pause + 1)));
  await assert.rejects(inviteAgain(app, acme, id, at(limits.invitationsPerDayMax * (pause + 1))), { code: 'too_soon' });
  await inviteAgain(app, acme, id, at(2 * 86_400));
  const states = async (org: { id: string }) => (await listMails(app, org, { limit: 10 })).map(({ state }) => state);
  assert.deepEqual(await states(acme), ['waiting', ...Array(limits.invitationsPerDayMax).fill('withdrawn')]);
  assert.deepEqual(await states(globex), ['waiting']);
});

test('K15: many who ask at once invite a person once', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { invitation: 'required' } });
  const id = await createUser(acme, 'ada');
  const later = { now: new Date(Date.now() + limits.invitationPauseSeconds * 1000) };
  const asked = await Promise.allSettled(
    Array.from({ length: 6 }, () => inviteAgain(rollcall.db.app, acme, id, later)),
  );
  assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('K15: the API lists invitations with their mail, sends them again and withdraws them, each in its organization', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { invitation: 'required' } });
  const globex = await rollcall.organization({ settings: { invitation: 'required' } });
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const [id, foreign] = [await createUser(acme, 'ada'), await createUser(globex, 'eve')];
  const path = `/organizations/${acme.slug}`;
  const listed = (await api('GET', `${path}/invitations`)).body.items as Record<string, unknown>[];
  assert.equal(listed.length, 1);
  assert.deepEqual(listed[0]?.member, {
    id,
    userName: 'ada@acme.example',
    name: 'ada Byron',
    email: 'ada@acme.example',
  });
  assert.equal((listed[0] as { mail: { state: string } }).mail.state, 'waiting');
  const tooSoon = await api('POST', `${path}/members/${id}/invite`);
  assert.deepEqual([tooSoon.status, tooSoon.body.code], [429, 'rate_limited']);
  assert.equal((await api('DELETE', `${path}/invitations/${foreign}`)).status, 404);
  assert.equal((await api('DELETE', `${path}/invitations/${id}`)).status, 204);
  assert.equal((await api('DELETE', `${path}/invitations/${id}`)).status, 204);
  assert.equal((await api('POST', `${path}/members/${id}/accept`)).status, 409);
  const mails = (await api('GET', `${path}/outbox?state=withdrawn`)).body.items as { id: string }[];
  assert.equal(mails.length, 1);
  assert.equal((await api('GET', `${path}/outbox/${mails[0]?.id}`)).body.text, null);
  assert.equal((await api('GET', `/organizations/${globex.slug}/outbox/${mails[0]?.id}`)).status, 404);
  const { rows } = await rollcall.db.owner.query(
    `select kind from events where org_id = $1 order by seq desc limit 1`,
    [acme.id],
  );
  assert.deepEqual(rows, [{ kind: 'member.invitation_withdrawn' }]);
});

test('K15: with welcome a new person is in force at once and is written to, and nobody else', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { invitation: 'welcome' } });
  const globex = await rollcall.organization();
  const [id] = [await createUser(acme, 'ada'), await createUser(globex, 'ada')];
  assert.equal((await memberRow(rollcall, acme, id)).status, 'active');
  const kinds = async (org: { id: string }) =>
    (await listMails(rollcall.db.app, org, { limit: 10 })).map(({ kind, recipient }) => [kind, recipient]);
  assert.deepEqual(await kinds(acme), [['welcome', 'ada@acme.example']]);
  assert.deepEqual(await kinds(globex), []);
});

test('B30, B42: under dbt a group is refused while a member has not accepted, and succeeds afterwards, with the license', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { preset: 'dbt' } });
  const globex = await rollcall.organization({ settings: { preset: 'dbt' } });
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const [id, other] = [await createUser(acme, 'ada'), await createUser(globex, 'ada')];
  const group = { displayName: 'Engineering', members: [{ value: id }] };
  const licenseOf = async (id: string) =>
    (await rollcall.db.owner.query('select license from members where id = $1', [id])).rows[0].license;
  assert.equal(await licenseOf(id), null);
  const refused = await acme.scim('POST', '/Groups', group);
  assert.equal(refused.status, 400);
  const says = `have not accepted their invitation: ada@acme.example (${id}). Nothing was changed.`;
  assert.ok(refused.body.detail?.includes(says), refused.body.detail);
  assert.match(refused.body.detail ?? '', /rollcall invitation resend/);
  assert.equal((await api('POST', `/organizations/${acme.slug}/members/${id}/accept`)).status, 200);
  assert.equal(await licenseOf(id), 'developer');
  assert.equal((await acme.scim('POST', '/Groups', group)).status, 201);
  assert.equal((await memberRow(rollcall, globex, other)).status, 'invited');
});

test('K15: nobody who has still to accept is active by a deactivation, an inactive creation, a restore, or coming back', async () => {
  await using rollcall = await startRollcall();
  const settings = {
    ...brakeOff,
    invitation: 'required',
    reactivation: 'restore',
    editMembersByHand: 'allowed',
    addByHand: 'allowed',
  };
  const [acme, globex] = [await rollcall.organization({ settings }), await rollcall.organization({ settings })];
  const { app } = rollcall.db;
  const at = () => ({ now: new Date() });
  const active = (id: string, value: boolean, org = acme) =>
    org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: value } }));
  const status = async (id: string, org = acme) => (await memberRow(rollcall, org, id)).status;

  const ada = await createUser(acme, 'ada');
  await active(ada, false);
  assert.equal(await status(ada), 'suspended');
  await active(ada, true);
  assert.equal(await status(ada), 'invited');

  const ben = await createUser(acme, 'ben', { active: false });
  await active(ben, true);
  assert.equal(await status(ben), 'invited');

  const cleo = await createUser(acme, 'cleo');
  await suspendMember(app, acme, cleo, at());
  assert.equal(await restoreMember(app, acme, cleo, at()), true);
  assert.equal(await status(cleo), 'invited');
  const { rows: invited } = await rollcall.db.owner.query(
    `select distinct member_id as id from mails where org_id = $1 and kind = 'invitation' and state <> 'withdrawn' order by 1`,
    [acme.id],
  );
  assert.deepEqual(
    invited.map(({ id }) => id),
    [ada, ben, cleo],
  );

  const dan = await createUser(acme, 'dan');
  await acme.scim('DELETE', `/Users/${dan}`);
  assert.equal(await status(await createUser(acme, 'dan')), 'invited');
  const eve = await createUser(acme, 'eve');
  await acme.scim('DELETE', `/Users/${eve}`);
  assert.equal(await status((await returnMember(app, acme, eve, at())).id), 'invited');

  // Held and let go it is the same.
  const fay = await createUser(acme, 'fay');
  await active(fay, false);
  await switchConnection(app, acme, 'paused', at());
  await active(fay, true);
  await switchConnection(app, acme, 'on', at());
  assert.equal(await status(fay), 'invited');

  // Whoever has accepted once need not do so again.
  await acceptInvitation(app, acme, ada, at());
  await active(ada, false);
  await active(ada, true);
  assert.equal(await status(ada), 'active');
  await suspendMember(app, acme, ada, at());
  await restoreMember(app, acme, ada, at());
  assert.equal(await status(ada), 'active');
  assert.deepEqual((await reconcile(app, acme, false, at())).drift, {});

  const other = await createUser(globex, 'ada');
  assert.equal(await status(other, globex), 'invited');
});
