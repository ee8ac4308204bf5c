import assert from 'node:assert/strict';
import type { HeldItem } from '../../src/provisioning/held-plan.ts';
import type { Database } from '../../src/store/database.ts';

/** What is in force in an organization, a text for each fact, as the items of a plan write it. */
export async function factsInForce(owner: Database, org: { id: string }): Promise<Map<string, string | null>> {
  const rows = async (text: string) => (await owner.query({ text, values: [org.id] })).rows;
  const facts = new Map<string, string | null>();
  for (const row of await rows('select * from members where org_id = $1')) {
    const { id, status, in_force_name: name, in_force_email: email } = row;
    const isHere = status !== 'held';
    facts.set(`member.status ${id}`, isHere ? status : null);
    facts.set(`member.profile ${id}`, isHere ? `${name}${email === null ? '' : ` <${email}>`}` : null);
    facts.set(`member.waiting_address ${id}`, row.waiting_address);
    facts.set(`member.role ${id}`, [row.role, ...row.custom_roles].join(', '));
    facts.set(`member.license ${id}`, row.license ?? (row.waits_for === null ? null : `waits for ${row.waits_for}`));
  }
  for (const { id, name } of await rows('select id, in_force_name as name from teams where org_id = $1')) {
    facts.set(`team ${id}`, name);
  }
  for (const { team_id: team, member_id: member, in_force: isIn } of await rows(
    'select team_id, member_id, in_force from team_members where org_id = $1',
  )) {
    if (isIn) facts.set(`membership ${member} ${team}`, 'in');
  }
  return facts;
}

const keyOf = ({ kind, id, team }: HeldItem) =>
  kind === 'team.name' || kind === 'team.removed' ? `team ${id}` : [kind, id, ...(team ? [team.id] : [])].join(' ');

/**
 * Holds that the items of a plan are the difference between two moments: those of one fact lead from what it was to what it is, and
 * no other fact differs.
 */
export function assertPlanHappened(
  items: readonly HeldItem[],
  before: ReadonlyMap<string, string | null>,
  after: ReadonlyMap<string, string | null>,
): void {
  const planned = new Map<string, string[]>();
  const is = new Map<string, string | null>();
  const textOf = (key: string, of: ReadonlyMap<string, string | null>) =>
    of.get(key) ?? (key.startsWith('membership ') ? 'out' : null);
  for (const item of items) {
    const key = keyOf(item);
    const shown = planned.get(key) ?? [];
    const to = item.to === 'waits' ? 'out' : item.to;
    assert.equal(item.from, is.has(key) ? is.get(key) : textOf(key, before), `${key}: where it begins, ${shown}`);
    is.set(key, to);
    planned.set(key, [...shown, `${item.from} > ${item.to}: ${item.because}`]);
  }
  const differs = (of: (key: string) => string | null) =>
    [...new Set([...before.keys(), ...after.keys(), ...is.keys()])]
      .filter((key) => of(key) !== textOf(key, before))
      .map((key) => `${key}: ${textOf(key, before)} > ${of(key)}`)
      .sort();
  assert.deepEqual(
    differs((key) => (is.has(key) ? (is.get(key) ?? null) : textOf(key, before))),
    differs((key) => textOf(key, after)),
  );
}
