import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import type { Database } from '../../src/store/database.ts';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import { heldIn, inForceByName } from '../holding.ts';
import { besideGlobex } from '../http/beside-globex.ts';
import { brakeOff } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { addressesOfAll, Provider, type Step, step, trustDomain } from './provider.ts';

type Addresses = { asked: string; inForce: string; waiting: string | null; mails: string[] };

/** The addresses of the people who are here: what is asked, in force and waits, and who has a mail with a link. */
async function addressesOf(owner: Database, org: { id: string }): Promise<Map<string, Addresses>> {
  const { rows } = await owner.query<Addresses & { id: string }>(
    `select m.id, m.scim->'emails'->0->>'value' as asked, m.in_force_email as "inForce", m.waiting_address as waiting,
        array(select a.recipient from mails a where a.org_id = $1 and a.member_id = m.id and a.kind = 'email-confirmation'
          and a.state <> 'withdrawn') as mails
      from members m where m.org_id = $1 and m.deleted_at is null and m.status not in ('held', 'removed')`,
    [org.id],
  );
  return new Map(rows.map(({ id, ...addresses }) => [id, addresses]));
}

type InForce = Awaited<ReturnType<typeof inForceByName>>;

const inOneName = (inForce: InForce, { slug }: { slug: string }): InForce =>
  JSON.parse(JSON.stringify(inForce).replaceAll(slug, 'organization'));

const withoutAddresses = ({ members = [], ...rest }: InForce): InForce => ({
  ...rest,
  members: members.map((member) => ({ ...(member as object), in_force_email: '', waiting_address: '' })),
});

describe('an organization that is paused, and then goes on', () => {
  const here = besideGlobex();

  const cases = [
    { addressChange: 'trusted', before: 50 },
    // Of most people nothing is asked meanwhile but another address.
    { addressChange: 'trusted', before: 490 },
    { addressChange: 'confirm', before: 490 },
    { addressChange: 'apply', before: 490 },
  ];
  for (const { addressChange, before: count } of cases) {
    test(`ends as one that was never paused, and answers as that one all the time: paused after ${count} of 500 changes, addresses ${addressChange}`, async () => {
      const { rollcall } = here;
      const { app, owner } = rollcall.db;
      const run = async (steps: readonly Step[], last: readonly Step[]) => {
        const without = { settings: { ...brakeOff, addressChange } };
        const [paused, direct] = [await rollcall.organization(without), await rollcall.organization(without)];
        for (const org of [paused, direct]) await trustDomain(owner, org);
        const providers = [new Provider(paused), new Provider(direct)] as const;
        const both = async (one: Step) => {
          const [here, there] = [await providers[0].take(one), await providers[1].take(one)];
          const what = JSON.stringify(one);
          assert.equal(here?.status, there?.status, `${what}: ${here?.text} ${there?.text}`);
          assert.equal(providers[0].named(here?.text ?? ''), providers[1].named(there?.text ?? ''), what);
        };
        for (const one of steps.slice(0, count)) await both(one);
        await switchConnection(app, paused, 'paused', { now: new Date() });
        const before = await inForceByName(owner, paused);
        const addressesBefore = await addressesOf(owner, paused);
        for (const one of [...steps.slice(count), ...last]) await both(one);
        assert.equal(await providers[0].reads(), await providers[1].reads());
        const during = await inForceByName(owner, paused);
        const here = ({ members, teams, memberships }: Record<string, unknown[]>) => [
          (members as { status: string }[])
            .filter(({ status }) => status !== 'held')
            .map((row) => ({ ...row, asked: '' })),
          (teams as object[]).map((row) => ({ ...row, asked: '' })),
          (memberships as { in_force: boolean }[])
            .filter((row) => row.in_force)
            .map((row) => ({ ...row, asked: '', display_name: '' }))
            .map((row) => JSON.stringify(row))
            .toSorted(),
        ];
        assert.deepEqual(here(during), here(before), 'nothing is put in force meanwhile');

        const settled = await switchConnection(app, paused, 'on', { now: new Date() });
        assert.deepEqual(settled.settled, { isDone: true, refused: [] });
        assert.deepEqual(await heldIn(owner, paused), { members: 0, teams: 0, memberships: 0, batches: 0 });
        const [ended, as] = [await inForceByName(owner, paused), await inForceByName(owner, direct)];
        // What was asked in between and asked no more is nothing that ever was in force here, or that anybody was written to about.
        const comparable = addressChange === 'apply' ? inOneName : withoutAddresses;
        assert.deepEqual(comparable(ended, paused), comparable(as, direct));
        for (const [id, { asked, inForce, waiting, mails }] of await addressesOf(owner, paused)) {
          const begun = addressesBefore.get(id)?.inForce ?? asked;
          const trusts =
            addressChange === 'apply' || (addressChange === 'trusted' && asked.endsWith(`@${paused.slug}.example`));
          const isSame = begun === asked || trusts;
          assert.deepEqual(
            { inForce, waiting, mails },
            isSame ? { inForce: asked, waiting: null, mails: [] } : { inForce: begun, waiting: asked, mails: [asked] },
            id,
          );
        }
        assert.equal(await providers[0].reads(), await providers[1].reads());
        for (const org of [paused, direct]) {
          await assertInForceFollows(owner, org);
          await assertFeedTellsState(app, owner, org);
        }
        assert.deepEqual((await planSwitch(app, paused, 'on', { from: 0, limit: 10 })).items, []);
      };
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 500, maxLength: 500 }), addressesOfAll, run), {
        numRuns: scaled(1),
        endOnFailure: true,
      });
    });
  }
});
