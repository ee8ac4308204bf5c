import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { failuresMax } from '../../src/organization/domains.ts';
import { addDomain, checkDomain, checkDomainsDue, removeDomain } from '../../src/provisioning/change-domains.ts';
import { createDomainLookup } from '../../src/provisioning/domain-lookup.ts';
import { listDomains } from '../../src/store/domains.ts';
import { type DnsEntry, startDnsServer, type TestDnsServer } from '../dns-server.ts';
import { createUser, memberRow } from '../http/beside-globex.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

const record = '_rollcall.acme.example';
const lookUpIn = ({ address }: TestDnsServer) => createDomainLookup([address], 300);

const entries: [title: string, value: (right: string) => Map<string, DnsEntry>, is: string][] = [
  ['the right value', (right) => new Map([[record, { txt: [[right]] }]]), 'proven'],
  [
    'the right value among others',
    (right) => new Map([[record, { txt: [['v=spf1 -all'], [right], ['x']] }]]),
    'proven',
  ],
  [
    'a value in several strings',
    (right) => new Map([[record, { txt: [[right.slice(0, 9), right.slice(9)]] }]]),
    'proven',
  ],
  [
    'an alias of a name with the right value',
    (right) =>
      new Map<string, DnsEntry>([
        [record, { cname: 'v.example' }],
        ['v.example', { txt: [[right]] }],
      ]),
    'proven',
  ],
  ['another value', () => new Map([[record, { txt: [['rollcall-verification=x']] }]]), 'absent'],
  ['the value with something behind it', (right) => new Map([[record, { txt: [[`${right}x`]] }]]), 'absent'],
  ['a name without a TXT record', () => new Map([[record, { other: true }]]), 'absent'],
  ['no such name', () => new Map(), 'absent'],
  ['the value at the domain itself', (right) => new Map([['acme.example', { txt: [[right]] }]]), 'absent'],
  ['an alias of nothing', () => new Map([[record, { cname: 'v.example' }]]), 'absent'],
  ['a server that fails', () => new Map([[record, 'servfail']]), 'unknown'],
  ['a server that never answers', () => new Map([[record, 'silent']]), 'unknown'],
];

test('what the DNS has says whether a domain is shown to be somebody’s', async () => {
  await using dns = await startDnsServer();
  const value = 'rollcall-verification=0123456789abcdef';
  const found: [string, string][] = [];
  for (const [title, make] of entries) {
    dns.entries.clear();
    for (const [name, entry] of make(value)) dns.entries.set(name, entry);
    found.push([title, (await lookUpIn(dns)({ name: record, value })).is]);
  }
  assert.deepEqual(
    found,
    entries.map(([title, , is]) => [title, is]),
  );
});

/** Adds a domain to an organization and puts its record into the DNS. */
async function prove({ db }: TestRollcall, org: TestOrganization, dns: TestDnsServer, name = 'acme.example') {
  const { token } = await addDomain(db.app, org, name, { now: new Date() });
  const { entries } = dns;
  const before = entries.get(`_rollcall.${name}`);
  const values = typeof before === 'object' && 'txt' in before ? before.txt : [];
  entries.set(`_rollcall.${name}`, { txt: [...values, [`rollcall-verification=${token}`]] });
}

const kinds = async ({ db }: TestRollcall, { id }: TestOrganization) => {
  const { rows } = await db.owner.query(
    `select kind, actor->>'type' as actor from events where org_id = $1 and kind like 'domain.%' order by seq`,
    [id],
  );
  return rows.map(({ kind, actor }) => `${kind} by ${actor}`);
};

test('the API adds a domain with its record, finds the record, and removes it, each organization for itself', async () => {
  await using dns = await startDnsServer();
  await using rollcall = await startRollcall({ env: { ROLLCALL_DNS_SERVERS: dns.address } });
  const [acme, globex] = [
    await rollcall.organization({ slug: 'acme' }),
    await rollcall.organization({ slug: 'globex' }),
  ];
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  const added = await api('POST', '/organizations/acme/domains', { name: 'ACME.example.' });
  assert.equal(added.status, 201);
  const {
    name,
    state,
    record: to,
  } = added.body as { name: string; state: string; record: { name: string; value: string } };
  assert.deepEqual([name, state, to.name], ['acme.example', 'pending', record]);
  assert.equal((await api('POST', '/organizations/acme/domains', { name: 'acme.example' })).status, 409);
  for (const bad of ['acme', 'ada@acme.example', 'gmail.com', '127.0.0.1']) {
    assert.equal((await api('POST', '/organizations/acme/domains', { name: bad })).status, 400, bad);
  }
  const missing = await api('POST', '/organizations/acme/domains/acme.example/check');
  assert.equal(missing.body.state, 'pending');
  assert.match(String(missing.body.problem), /_rollcall\.acme\.example has no TXT record/);
  assert.equal((await api('POST', '/organizations/acme/domains/acme.example/check')).status, 429);
  dns.entries.set(record, { txt: [[to.value]] });
  await rollcall.db.owner.query('update domains set checked_at = null');
  assert.equal((await api('POST', '/organizations/acme/domains/acme.example/check')).body.state, 'verified');
  const listed = (await api('GET', '/organizations/acme/domains')).body.items as { state: string }[];
  assert.deepEqual(
    listed.map((each) => each.state),
    ['verified'],
  );
  assert.deepEqual((await api('GET', '/organizations/globex/domains')).body.items, []);
  assert.equal((await api('POST', '/organizations/globex/domains/acme.example/check')).status, 404);
  assert.equal((await api('DELETE', '/organizations/globex/domains/acme.example')).status, 404);
  assert.equal((await api('DELETE', '/organizations/acme/domains/acme.example')).status, 204);
  assert.deepEqual(await kinds(rollcall, acme), [
    'domain.added by operator',
    'domain.verified by operator',
    'domain.removed by operator',
  ]);
  assert.deepEqual(await kinds(rollcall, globex), []);
});

test('a domain is one organization’s at a time, and nobody learns of the other who has not shown the domain too (R9)', async () => {
  await using dns = await startDnsServer();
  await using rollcall = await startRollcall();
  const { app } = rollcall.db;
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  const lookUp = lookUpIn(dns);
  const at = { now: new Date() };
  await prove(rollcall, acme, dns);
  assert.equal((await checkDomain(app, acme, 'acme.example', lookUp, at)).state, 'verified');
  await addDomain(app, globex, 'acme.example', at);
  const [before] = await listDomains(app, globex);
  assert.equal(
    (await checkDomain(app, globex, 'acme.example', lookUp, at)).problem,
    `${record} has a TXT record, and it says something else.`,
  );
  const both = dns.entries.get(record) as { txt: string[][] };
  dns.entries.set(record, { txt: [...both.txt, [`rollcall-verification=${before?.token}`]] });
  const later = (seconds: number) => ({ now: new Date(at.now.getTime() + seconds * 1000) });
  await assert.rejects(checkDomain(app, globex, 'acme.example', lookUp, later(10)), /another organization/);
  assert.equal((await listDomains(app, globex))[0]?.state, 'pending');
  // Removing one's own domain frees nobody else's.
  await removeDomain(app, globex, 'acme.example', later(20));
  const { rows } = await rollcall.db.owner.query('select org_id from verified_domains');
  assert.deepEqual(rows, [{ org_id: acme.id }]);
  await removeDomain(app, acme, 'acme.example', later(30));
  await prove(rollcall, globex, dns);
  assert.equal((await checkDomain(app, globex, 'acme.example', lookUp, later(40))).state, 'verified');
});

test('of organizations that show a domain at the same moment one has it', async () => {
  await using dns = await startDnsServer();
  await using rollcall = await startRollcall();
  const organizations = await Promise.all(Array.from({ length: 4 }, () => rollcall.organization()));
  for (const org of organizations) await prove(rollcall, org, dns);
  const checks = organizations.map((org) =>
    checkDomain(rollcall.db.app, org, 'acme.example', lookUpIn(dns), { now: new Date() }),
  );
  const settled = await Promise.allSettled(checks);
  assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
  const { rows } = await rollcall.db.owner.query(`select count(*)::int as count from domains where state = 'verified'`);
  assert.deepEqual(rows, [{ count: 1 }]);
});

test('records are looked for again by themselves; a domain whose record is gone is lost after some days, and admins are told', async () => {
  await using dns = await startDnsServer();
  await using rollcall = await startRollcall();
  const { app } = rollcall.db;
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  await prove(rollcall, acme, dns);
  await prove(rollcall, globex, dns, 'globex.example');
  let now = new Date();
  const look = async () => await checkDomainsDue(rollcall.db, lookUpIn(dns), now, { log: assert.fail });
  await look();
  const states = async () =>
    [...(await listDomains(app, acme)), ...(await listDomains(app, globex))].map(({ state }) => state);
  assert.deepEqual(await states(), ['verified', 'verified']);
  dns.entries.delete(record);
  for (let day = 1; day <= failuresMax; day++) {
    assert.equal((await states())[0], 'verified');
    now = new Date(now.getTime() + 86_400_000);
    await look();
  }
  assert.deepEqual(await states(), ['lost', 'verified']);
  assert.deepEqual(await kinds(rollcall, acme), [
    'domain.added by operator',
    'domain.verified by rollcall',
    'domain.lost by rollcall',
  ]);
  const { rows } = await rollcall.db.owner.query('select org_id, says from admin_alerts');
  assert.deepEqual(
    rows.map(({ org_id: org }) => org),
    [acme.id],
  );
  assert.match(rows[0].says, /acme\.example/);
  const { rows: owned } = await rollcall.db.owner.query('select name from verified_domains');
  assert.deepEqual(owned, [{ name: 'globex.example' }]);
});

test('an organization has no more domains than the limit', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization();
  await rollcall.db.owner.query(
    `insert into domains (org_id, name, state, token, created_at)
      select $1, 'd' || n || '.example', 'pending', 'x', now() from generate_series(1, $2::int) n`,
    [acme.id, limits.domainsMax],
  );
  await assert.rejects(
    addDomain(rollcall.db.app, acme, 'one-more.example', { now: new Date() }),
    /100 domains at most/,
  );
});

test('K1: an e-mail address links a person only in a verified domain, and never who administers', async () => {
  await using dns = await startDnsServer();
  await using rollcall = await startRollcall();
  const { app, owner } = rollcall.db;
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  const api = apiClient(rollcall.url, rollcall.operatorKey);
  for (const org of [acme, globex]) {
    for (const name of ['ada', 'ben', 'cleo']) {
      const domain = name === 'ben' ? 'other.example' : 'acme.example';
      const made = await api('POST', `/organizations/${org.slug}/members`, {
        userName: `${name}@local.example`,
        email: `${name}@${domain}`,
        breakGlass: true,
      });
      assert.equal(made.status, 201);
    }
  }
  await owner.query(`update members set role = 'admin' where user_name = 'cleo@local.example'`);
  await prove(rollcall, acme, dns);
  await checkDomain(app, acme, 'acme.example', lookUpIn(dns), { now: new Date() });
  const pushed = async (org: TestOrganization, name: string, domain: string) => {
    const emails = [{ value: `${name.toUpperCase()}@${domain}`, primary: true }];
    return (await org.scim('POST', '/Users', { userName: `${name}@provider.example`, emails, active: true })).status;
  };
  assert.equal(await pushed(acme, 'ada', 'acme.example'), 201);
  assert.equal(await pushed(acme, 'ben', 'other.example'), 409);
  assert.equal(await pushed(acme, 'cleo', 'acme.example'), 409);
  assert.equal(await pushed(globex, 'ada', 'acme.example'), 409);
  const { rows } = await owner.query(`select org_id, user_name from members where origin = 'claimed'`);
  assert.deepEqual(rows, [{ org_id: acme.id, user_name: 'ada@provider.example' }]);
});

test('a domain that is verified or lost counts for the next request of every process', async () => {
  await using dns = await startDnsServer();
  await using rollcall = await startRollcall();
  const { app } = rollcall.db;
  const acme = await rollcall.organization();
  const id = await createUser(acme, 'ada');
  const address = async () => (await memberRow(rollcall, acme, id)).in_force_email;
  const ask = async (value: string) => {
    const Operations = [{ op: 'replace', value: { emails: [{ value, primary: true }] } }];
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    assert.equal((await acme.scim('PATCH', `/Users/${id}`, { schemas, Operations })).status, 200);
  };
  await ask('one@acme.example');
  assert.equal(await address(), 'ada@acme.example');
  await prove(rollcall, acme, dns);
  await checkDomain(app, acme, 'acme.example', lookUpIn(dns), { now: new Date() });
  await ask('two@acme.example');
  assert.equal(await address(), 'two@acme.example');
  await removeDomain(app, acme, 'acme.example', { now: new Date() });
  await ask('three@acme.example');
  assert.equal(await address(), 'two@acme.example');
});
