import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { addMember } from '../../src/provisioning/add-member.ts';
import { alertExpiringTokens } from '../../src/provisioning/alert-expiring-tokens.ts';
import { changePolicy } from '../../src/provisioning/change-policy.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { revokeToken } from '../../src/provisioning/revoke-token.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { accessOf, assertAccessFollows } from '../provisioning/access-of.ts';
import { apiClient, type Scim, scimClient, type TestOrganization } from '../rollcall.ts';
import { startServingProcess } from '../serving-process.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  eventsAfter,
  eventually,
  lastEvent,
  patch,
  user,
} from './beside-globex.ts';

const dayMs = 86_400_000;

describe('rotation of SCIM tokens', () => {
  const here = besideGlobex();
  const at = () => ({ now: new Date() });
  const api = (): Scim => apiClient(here.rollcall.url, here.rollcall.operatorKey);
  const path = (id: string, org: Pick<TestOrganization, 'slug'> = here.acme) =>
    `/organizations/${org.slug}/tokens/${id}`;

  type Made = { id: string; scim: Scim };
  async function token(input: { name: string; expiresAt?: Date; addresses?: string[] }): Promise<Made> {
    const made = await createToken(here.rollcall.db.app, here.acme, input, at());
    return { id: made.id, scim: scimClient(here.acme.scimBaseUrl, made.token) };
  }

  async function rotate(id: string, body = {}): Promise<Made & { answer: Record<string, unknown> }> {
    const { status, body: answer, text } = await api()('POST', `${path(id)}/rotation`, body);
    assert.equal(status, 201, text);
    return { id: answer.id as string, scim: scimClient(here.acme.scimBaseUrl, answer.token as string), answer };
  }

  const rotationOf = async (id: string) => {
    const { body } = await api()('GET', `/organizations/acme/tokens?limit=200`);
    return (body.items as { id: string; rotation: Record<string, unknown> | null; revokedAt: string | null }[]).find(
      (each) => each.id === id,
    );
  };

  /** Good calls until the store has counted at least so many of them. */
  async function call({ id, scim }: Made, times: number): Promise<void> {
    for (let sent = 0; sent < times; sent++) assert.equal((await scim('GET', '/Users?count=1')).status, 200);
    await eventually(async () => {
      const { rows } = await here.rollcall.db.owner.query(
        'select good_calls::int as good from scim_tokens where org_id = $1 and id = $2',
        [here.acme.id, id],
      );
      assert.ok(rows[0].good >= times);
    });
  }

  test('both work until the new one has had enough good calls; then the old one ends by itself, on every process (R4, B9)', async () => {
    await using other = await startServingProcess(here.rollcall.db);
    const old = await token({ name: 'okta' });
    const before = await lastEvent(here.rollcall, here.acme);
    const fresh = await rotate(old.id);
    await call(fresh, limits.rotationGoodCalls - 1);
    assert.equal((await old.scim('GET', '/Users?count=1')).status, 200);
    const refused = await fresh.scim('GET', '/Users?filter=nonsense');
    assert.equal(refused.status, 400);
    const onOther = scimClient(`${other.url}/scim/v2/acme`, fresh.answer.token as string);
    assert.deepEqual((await rotationOf(old.id))?.rotation?.replacedBy, fresh.id);
    assert.deepEqual((await rotationOf(fresh.id))?.rotation, {
      replaces: old.id,
      replacedBy: null,
      goodCalls: limits.rotationGoodCalls - 1,
      goodCallsNeeded: limits.rotationGoodCalls,
    });
    assert.equal((await onOther('GET', '/Users?count=1')).status, 200, 'the last one that is needed');
    for (const base of [here.acme.scimBaseUrl, `${other.url}/scim/v2/acme`]) {
      assert.equal((await scimClient(base, fresh.answer.token as string)('GET', '/Users?count=1')).status, 200);
    }
    await eventually(async () => assertRefusal(await old.scim('GET', '/Users'), 401, undefined, /"okta" was revoked/));
    assert.deepEqual((await rotationOf(fresh.id))?.rotation, null);
    const events = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['token.created', 'token.rotated', 'token.revoked'],
    );
    assert.deepEqual(
      [events[0]?.data, events[1]?.actor],
      [{ token: { id: fresh.id, name: 'okta' }, scopes: fresh.answer.scopes, replaces: old.id }, { type: 'rollcall' }],
    );
  });

  test('the new token has the scopes, addresses and ceiling of the old one, and lives as long as that was meant to', async () => {
    const expiresAt = new Date(Date.now() + 90 * dayMs);
    const old = await token({ name: 'bounded', expiresAt, addresses: ['127.0.0.0/8'] });
    await setRoleCeiling(here.rollcall.db.app, here.acme, old.id, 'admin', at());
    const { id, answer } = await rotate(old.id);
    assert.deepEqual(answer.addresses, ['127.0.0.0/8']);
    const days = (Date.parse(answer.expiresAt as string) - Date.now()) / dayMs;
    assert.ok(days > 89.9 && days < 90.1, String(days));
    const { rows } = await here.rollcall.db.owner.query('select role_ceiling from scim_tokens where id = $1', [id]);
    assert.deepEqual(rows, [{ role_ceiling: 'admin' }]);
    assert.equal((await api()('DELETE', `${path(old.id)}/rotation`)).status, 204);
    const later = new Date(Date.now() + 5 * dayMs).toISOString();
    assert.equal((await rotate(old.id, { expiresAt: later })).answer.expiresAt, later);
  });

  test('a rotation that is given up leaves the old token alone in force', async () => {
    const old = await token({ name: 'kept' });
    const fresh = await rotate(old.id);
    assert.equal((await fresh.scim('GET', '/Users?count=1')).status, 200);
    const again = await api()('POST', `${path(old.id)}/rotation`, {});
    assert.equal(again.status, 409);
    assert.match(again.body.detail ?? '', /is being replaced by .* already.*cancel/);
    const stranger = await here.rollcall.organization();
    assert.equal((await api()('DELETE', `${path(old.id, stranger)}/rotation`)).status, 404);
    assert.equal((await api()('POST', `${path(old.id, stranger)}/rotation`, {})).status, 404);
    assert.equal((await api()('DELETE', `${path(old.id)}/rotation`)).status, 204);
    await eventually(async () => assert.equal((await fresh.scim('GET', '/Users?count=1')).status, 401));
    assert.equal((await old.scim('GET', '/Users?count=1')).status, 200);
    assert.equal((await api()('DELETE', `${path(old.id)}/rotation`)).status, 404);
    assert.equal((await rotationOf(old.id))?.rotation, null);
  });

  test('a token that is still taking over is not rotated, so that no token before it is left good', async () => {
    const { app } = here.rollcall.db;
    const old = await token({ name: 'first of three' });
    const second = await rotate(old.id);
    const tokens = async () => (await api()('GET', '/organizations/acme/tokens?limit=200')).body.items;
    const before = { tokens: await tokens(), event: await lastEvent(here.rollcall, here.acme) };
    const refused = await api()('POST', `${path(second.id)}/rotation`, {});
    assert.equal(refused.status, 409, refused.text);
    assert.match(refused.body.detail ?? '', /is still taking over from "first of three"/);
    assert.ok(refused.body.detail?.includes(`rollcall token cancel ${here.acme.id} ${old.id}`));
    assert.ok(refused.body.detail?.includes(`rollcall token revoke ${here.acme.id} ${old.id}`));
    assert.deepEqual({ tokens: await tokens(), event: await lastEvent(here.rollcall, here.acme) }, before);

    assert.ok(await revokeToken(app, here.acme, old.id, at()), 'the one way out');
    const third = await rotate(second.id);
    await call(third, limits.rotationGoodCalls);
    await eventually(async () => assert.equal((await second.scim('GET', '/Users?count=1')).status, 401));
    assert.equal((await old.scim('GET', '/Users?count=1')).status, 401);

    const fourth = await rotate(third.id);
    assert.equal((await api()('POST', `${path(fourth.id)}/rotation`, {})).status, 409);
    assert.equal((await api()('DELETE', `${path(third.id)}/rotation`)).status, 204, 'the other way out');
    const fifth = await rotate(third.id);
    await call(fifth, limits.rotationGoodCalls);
    await eventually(async () => assert.equal((await third.scim('GET', '/Users?count=1')).status, 401));
    assert.equal((await fifth.scim('GET', '/Users?count=1')).status, 200);
  });

  test('where the policy allows one token, one that is still taking over ends with all before it (K18)', async () => {
    const { app } = here.rollcall.db;
    const org = await here.rollcall.organization();
    const second = await api()('POST', `${path(org.tokenId, org)}/rotation`, {});
    await changePolicy(app, org, { settings: { tokens: 'single' } }, at());
    const third = await api()('POST', `${path(second.body.id as string, org)}/rotation`, {});
    assert.equal(third.status, 201, third.text);
    const { body } = await api()('GET', `/organizations/${org.slug}/tokens?limit=200`);
    const good = (body.items as { id: string; revokedAt: string | null }[]).filter((each) => each.revokedAt === null);
    assert.deepEqual(
      good.map(({ id }) => id),
      [third.body.id],
    );
  });

  test('a token that is revoked by hand takes nothing over, and nothing is taken over from it', async () => {
    const { app } = here.rollcall.db;
    const old = await token({ name: 'by hand' });
    const fresh = await rotate(old.id);
    await call(fresh, 1);
    assert.ok(await revokeToken(app, here.acme, fresh.id, at()));
    assert.equal((await rotationOf(old.id))?.rotation, null);
    const second = await rotate(old.id);
    assert.ok(await revokeToken(app, here.acme, old.id, at()));
    assert.equal((await rotationOf(second.id))?.rotation, null);
    assert.equal((await api()('POST', `${path(old.id)}/rotation`, {})).status, 404);
    const before = await lastEvent(here.rollcall, here.acme);
    await call(second, limits.rotationGoodCalls);
    assert.equal(await lastEvent(here.rollcall, here.acme), before, 'it was over already');
  });

  test('where the policy allows one token, a new one revokes those before it at once (K18, P7)', async () => {
    const single = await here.rollcall.organization({ settings: { preset: 'pulumi' } });
    const { status, body, text } = await api()('POST', `${path(single.tokenId, single)}/rotation`, {});
    assert.equal(status, 201, text);
    assert.equal(body.replaces, single.tokenId);
    await eventually(async () => assert.equal((await single.scim('GET', '/Users?count=1')).status, 401));
    assert.equal((await scimClient(single.scimBaseUrl, body.token as string)('GET', '/Users?count=1')).status, 200);
  });

  for (const named of ['the new token', 'the old token'] as const) {
    for (const tokens of ['many', 'single'] as const) {
      test(`one ceiling holds for whom the old and the new token put into a team, named by ${named} (K18 ${tokens})`, async () => {
        const { app } = here.rollcall.db;
        const org = await here.rollcall.organization({ settings: { tokens } });
        const boss = await addMember(app, org, { userName: 'boss@acme.example', breakGlass: true }, at());
        await giveRole(app, org, boss.id, 'owner', at());
        const add = async (scim: Scim, name: string) => (await scim('POST', '/Users', user(name))).body.id as string;
        const [ada, ben] = [await add(org.scim, 'ada'), await add(org.scim, 'ben')];
        const team = await createGroup(org, 'Admins', [ada]);
        await mapTeam(app, org, team, { role: 'admin' }, at());
        await setRoleCeiling(app, org, org.tokenId, 'admin', at());
        const roles = async () => [
          (await accessOf(here.rollcall, org, ada)).role,
          (await accessOf(here.rollcall, org, ben)).role,
        ];
        assert.deepEqual(await roles(), ['admin', 'viewer']);
        const made = [org.tokenId];
        for (let times = 0; times < 2; times++) {
          if (times === 1 && tokens === 'many') assert.ok(await revokeToken(app, org, org.tokenId, at()));
          const { body, text } = await api()('POST', `${path(made.at(-1) ?? '', org)}/rotation`, {});
          made.push(body.id as string);
          const fresh = scimClient(org.scimBaseUrl, body.token as string);
          if (times === 1) {
            const joining = patch({ op: 'add', path: 'members', value: [{ value: ben }] });
            assert.equal((await fresh('PATCH', `/Groups/${team}`, joining)).status, 204, text);
          }
        }
        assert.deepEqual(await roles(), ['admin', 'admin']);
        const id = (named === 'the new token' ? made.at(-1) : made[0]) ?? '';
        const planned = await api()('POST', `${path(id, org)}/role-ceiling/plan`, { roleCeiling: 'member' });
        assert.deepEqual(
          (planned.body.items as { id: string }[]).map((item) => item.id).sort(),
          [ada, ben].sort(),
          planned.text,
        );
        const set = async (roleCeiling: string) => {
          const answer = await api()('PATCH', `${path(id, org)}/role-ceiling`, { roleCeiling });
          assert.equal(answer.status, 204, answer.text);
        };
        await set('member');
        assert.deepEqual(await roles(), ['member', 'member']);
        await set('admin');
        assert.deepEqual(await roles(), ['admin', 'admin']);
        const { rows } = await here.rollcall.db.owner.query(
          'select id, role_ceiling as ceiling from scim_tokens where org_id = $1 order by created_at, id',
          [org.id],
        );
        assert.deepEqual(
          rows,
          made.map((each) => ({ id: each, ceiling: 'admin' })),
        );
        await assertAccessFollows(here.rollcall, org);
      });
    }
  }

  test('a ceiling holds for no token that was made beside', async () => {
    const [one, other] = [await token({ name: 'one' }), await token({ name: 'other' })];
    const fresh = await rotate(one.id);
    assert.equal((await api()('PATCH', `${path(fresh.id)}/role-ceiling`, { roleCeiling: 'viewer' })).status, 204);
    const { body } = await api()('GET', '/organizations/acme/tokens?limit=200');
    const ceilings = new Map(
      (body.items as { id: string; roleCeiling: string }[]).map(({ id, roleCeiling }) => [id, roleCeiling]),
    );
    assert.deepEqual(
      [one.id, fresh.id, other.id].map((id) => ceilings.get(id)),
      ['viewer', 'viewer', 'member'],
    );
    const stranger = await here.rollcall.organization();
    const refused = await api()('PATCH', `${path(fresh.id, stranger)}/role-ceiling`, { roleCeiling: 'admin' });
    assert.equal(refused.status, 404);
  });

  test('an organization is told of its tokens before they expire, once each, and of nobody else’s', async () => {
    const { db } = here.rollcall;
    const org = await here.rollcall.organization();
    const made = new Date();
    const { id } = await createToken(
      db.app,
      org,
      { name: 'short', expiresAt: new Date(made.getTime() + 60 * dayMs) },
      { now: made },
    );
    const gone = await createToken(
      db.app,
      org,
      { name: 'gone', expiresAt: new Date(made.getTime() + 60 * dayMs) },
      { now: made },
    );
    await revokeToken(db.app, org, gone.id, at());
    const before = await lastEvent(here.rollcall, org);
    for (let day = 0; day <= 62; day++) {
      const now = new Date(made.getTime() + (day + 0.5) * dayMs);
      await alertExpiringTokens(db, now, { log: assert.fail });
      await alertExpiringTokens(db, now, { log: assert.fail });
    }
    const events = await eventsAfter(here.rollcall, org, before);
    assert.deepEqual(
      events.map(({ kind, data, actor }) => [kind, (data as { days: number }).days, actor.type]),
      [30, 14, 7, 1].map((days) => ['token.expiring', days, 'rollcall']),
    );
    assert.ok(events.every(({ data }) => (data as { token: { id: string } }).token.id === id));
  });
});
