/** What a plan says beside its items: why the change would be refused, what is to be confirmed, and what goes on all the same. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { apiClient, brakeOff, type Scim, type TestOrganization } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, patch, untilWaiting } from './beside-globex.ts';

type Item = { kind: string; id: string; name: string; from: string; to: string; refusal?: string };
type Say = { refusal: string | null; items: Item[]; version: string; warnings?: string[]; confirm?: unknown[] };

describe('the plan of a change says in the words of the refusal that it would be refused', () => {
  const here = besideGlobex();
  const settings = { ...brakeOff, addByHand: 'allowed', manualUpdates: 'on', withoutSeat: 'wait' };
  let operator: Scim;
  before(() => {
    operator = apiClient(here.rollcall.url, here.rollcall.operatorKey);
  });
  const of =
    ({ slug }: TestOrganization): Scim =>
    (method, path, ...rest) =>
      operator(method, `/organizations/${slug}${path}`, ...rest);
  const done = async (api: Scim, ...[method, path, body]: Parameters<Scim>) => {
    const answer = await api(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const made = async (more: Record<string, string> = {}) => {
    const org = await here.rollcall.organization({ settings: { ...settings, ...more } });
    return { org, api: of(org) };
  };
  const local = async (api: Scim, name: string) =>
    (await done(api, 'POST', '/members', { userName: `${name}@acme.example`, email: `${name}@acme.example` }))
      .id as string;

  type Call = readonly [method: string, path: string, body?: unknown];
  /** Plans and makes a change, which is refused as the plan said, with the version of the plan and without, and changes nothing. */
  async function refusedAsPlanned(api: Scim, plan: Call, change: Call): Promise<Say> {
    const state = async () =>
      await Promise.all(
        ['/policy', '/access', '/connection', '/team-mappings', '/licenses'].map(
          async (path) => (await api('GET', path)).text,
        ),
      );
    const found = await state();
    const shown = await api(...plan);
    assert.equal(shown.status, 200, shown.text);
    const said = shown.body as unknown as Say;
    assert.equal(typeof said.refusal, 'string', `${plan[0]} ${plan[1]}: ${shown.text}`);
    const etag = shown.headers.get('etag') as string;
    const [method, path, body] = change;
    for (const headers of [{ 'if-match': etag }, ...(method === 'PUT' && path === '/configuration' ? [] : [{}])]) {
      const answer = await api(method, path, body, headers);
      assert.deepEqual([answer.status, answer.body.detail], [409, said.refusal], `${method} ${path}`);
    }
    assert.deepEqual(await state(), found, 'neither changes anything');
    return said;
  }

  test('of a mapping by which the last owner would go, and of a configuration with it', async () => {
    const { api } = await made();
    const [olga, ada] = [await local(api, 'olga'), await local(api, 'ada')];
    const { id: team } = await done(api, 'POST', '/teams', { name: 'Founders' });
    await done(api, 'PUT', `/teams/${team}/members/${olga}`);
    await done(api, 'PATCH', `/team-mappings/${team}`, { role: 'owner' });
    await done(api, 'PUT', `/access/${ada}/role`, { role: 'admin' });
    const mapping = { role: null };
    const said = await refusedAsPlanned(
      api,
      ['POST', `/team-mappings/${team}/plan`, mapping],
      ['PATCH', `/team-mappings/${team}`, mapping],
    );
    assert.match(said.refusal ?? '', /without an active owner, and nothing was changed/);
    assert.deepEqual(
      said.items.map(({ kind, id, from, to }) => [kind, id, from, to]),
      [['member.role', olga, 'owner', 'viewer']],
      'what would happen otherwise',
    );
    const document = { version: 1, teamMappings: {}, policy: { filters: 'names-only' } };
    const whole = await refusedAsPlanned(
      api,
      ['POST', '/configuration/plan', document],
      ['PUT', '/configuration', document],
    );
    assert.equal(whole.refusal, said.refusal);
    await done(api, 'PUT', `/access/${ada}/role`, { role: 'owner' });
    const after = await api('POST', `/team-mappings/${team}/plan`, mapping);
    assert.equal(after.body.refusal, null);
    assert.equal((await api('PATCH', `/team-mappings/${team}`, mapping)).status, 204);
  });

  test('of a role ceiling by which nobody would administer', async () => {
    const { org, api } = await made();
    const { items } = (await api('GET', '/tokens')).body as { items: { id: string }[] };
    const token = items[0]?.id;
    const ceiling = (roleCeiling: string) => [`/tokens/${token}/role-ceiling`, { roleCeiling }] as const;
    await done(api, 'PATCH', ...ceiling('admin'));
    const ada = await createUser(org, 'ada');
    const team = await createGroup(org, 'Admins', [ada]);
    await done(api, 'PATCH', `/team-mappings/${team}`, { role: 'admin' });
    const [path, body] = ceiling('member');
    const said = await refusedAsPlanned(api, ['POST', `${path}/plan`, body], ['PATCH', path, body]);
    assert.match(said.refusal ?? '', /without an active owner or admin/);
    assert.deepEqual(
      said.items.map(({ kind, from, to }) => [kind, from, to]),
      [['member.role', 'admin', 'member']],
    );
  });

  test('of seats that are not there: by a policy, and by a number that is less than are taken', async () => {
    const { org, api } = await made({ licenseSource: 'by-rules', defaultLicense: 'developer' });
    for (const name of ['ada', 'ben']) await createUser(org, name);
    await done(api, 'PUT', '/licenses/analyst', { seats: 1 });
    const wish = {
      preset: 'rollcall',
      settings: { ...settings, licenseSource: 'by-rules', defaultLicense: 'analyst', withoutSeat: 'refuse' },
      confirm: ['manualUpdates', 'licenseSource', 'withoutSeat'],
    };
    const short = await refusedAsPlanned(api, ['POST', '/policy/plan', wish], ['PUT', '/policy', wish]);
    assert.match(short.refusal ?? '', /it takes 1 more of analyst/);
    assert.equal(short.items.filter(({ kind }) => kind === 'member.license').length, 2);
    const seats = { seats: 1 };
    const fewer = await refusedAsPlanned(
      api,
      ['POST', '/licenses/developer/plan', seats],
      ['PUT', '/licenses/developer', seats],
    );
    assert.match(fewer.refusal ?? '', /2 seats of developer are taken/);
  });

  test('of a switch and a configuration where the plan of the organization has no provisioning', async () => {
    const { api } = await made();
    await done(api, 'PATCH', '/connection', { state: 'off' });
    await done(api, 'PATCH', '', { plan: 'free' });
    const on = { state: 'on' };
    const said = await refusedAsPlanned(api, ['GET', '/connection/plan?to=on'], ['PATCH', '/connection', on]);
    assert.match(said.refusal ?? '', /has no provisioning/);
    const document = { version: 1, connection: on, policy: { filters: 'names-only' } };
    const whole = await refusedAsPlanned(
      api,
      ['POST', '/configuration/plan', document],
      ['PUT', '/configuration', document],
    );
    assert.equal(whole.refusal, said.refusal);
  });

  test('of turning on what another provider signs people in for, and of what has to be confirmed (K30)', async () => {
    const { api } = await made();
    await done(api, 'PATCH', '/connection', { state: 'off' });
    await done(api, 'PUT', '/sign-in-provider', { provider: 'entra' });
    const asked = (await api('GET', '/connection/plan?to=on')).body as unknown as Say;
    assert.deepEqual(
      [asked.refusal, asked.warnings, (asked.confirm as { setting: string }[]).map(({ setting }) => setting)],
      [null, [], ['sameSignInProvider']],
    );
    assert.equal((await api('PATCH', '/connection', { state: 'on' })).status, 428);
    await done(api, 'PUT', '/policy', {
      preset: 'rollcall',
      settings: { ...settings, sameSignInProvider: 'required' },
      confirm: ['manualUpdates'],
    });
    const on = { state: 'on' };
    const said = await refusedAsPlanned(api, ['GET', '/connection/plan?to=on'], ['PATCH', '/connection', on]);
    assert.match(said.refusal ?? '', /people sign in with Microsoft Entra ID.*wants one provider for both/s);
    const document = { version: 1, connection: on };
    const whole = await refusedAsPlanned(
      api,
      ['POST', '/configuration/plan', document],
      ['PUT', '/configuration', document],
    );
    assert.equal(whole.refusal, said.refusal);
  });

  test('of a batch that is not let go or discarded by itself, and of one that is over', async () => {
    const { org, api } = await made();
    await done(api, 'PATCH', '/connection', { state: 'paused' });
    await createUser(org, 'ada');
    const { items } = (await api('GET', '/held')).body as { items: { id: string }[] };
    const path = `/held/${items[0]?.id}`;
    const plan: Call = ['GET', `${path}/plan`];
    await refusedAsPlanned(api, plan, ['POST', `${path}/release`]);
    const shown = await api(...plan);
    const discarded = await api('POST', `${path}/discard`);
    assert.deepEqual([discarded.status, discarded.body.detail], [409, shown.body.discardRefusal]);
    await done(api, 'PATCH', '/connection', { state: 'off' });
    assert.equal((await api(...plan)).body.discardRefusal, null);
    await done(api, 'POST', `${path}/discard`);
    const over = await refusedAsPlanned(api, plan, ['POST', `${path}/release`]);
    assert.equal(over.refusal, 'The batch was discarded already.');
    assert.equal((await api(...plan)).body.discardRefusal, over.refusal);
  });

  test('of disconnecting by which the last owner would go', async () => {
    const { org, api } = await made();
    const ada = await createUser(org, 'ada');
    await done(api, 'PUT', `/access/${ada}/role`, { role: 'owner' });
    const choice = { choice: 'remove' };
    const said = await refusedAsPlanned(
      api,
      ['GET', '/connection/disconnect/plan?choice=remove'],
      ['POST', '/connection/disconnect', choice],
    );
    assert.match(said.refusal ?? '', /without an active owner.*ada@acme\.example would go/s);
  });
});

describe('what was held is judged as what the provider asks at that moment (K30)', () => {
  const here = besideGlobex();
  for (const [title, how, brake] of [
    [
      'goes on when it is resumed, where the policy has come to be against two providers, and the plan warns',
      'resumed',
      undefined,
    ],
    [
      'goes on when it is released, where the policy has come to be against two providers, and the plan warns',
      'released',
      { brakeDeactivations: 'strict' },
    ],
  ] as const) {
    test(title, async () => {
      const org = await here.rollcall.organization({
        settings: { ...brakeOff, sameSignInProvider: 'any', signInProvider: 'entra', ...brake },
      });
      const operator = apiClient(here.rollcall.url, here.rollcall.operatorKey);
      const api: Scim = (method, path, ...rest) => operator(method, `/organizations/${org.slug}${path}`, ...rest);
      assert.equal((await api('GET', '/connection')).body.state, 'on');
      const people: string[] = [];
      for (let each = 0; each < 14; each++) people.push(await createUser(org, `p${each}`));
      const held: string[] = [];
      if (how === 'resumed') {
        assert.equal((await api('PATCH', '/connection', { state: 'paused' })).status, 200);
        held.push(await createUser(org, 'dora'));
      } else {
        for (const id of people) {
          const asked = await org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
          assert.equal(asked.status, 200, asked.text);
        }
      }
      const path = how === 'resumed' ? '/connection/plan?to=on' : `/held/${await openBatch(api)}/plan`;
      const before = (await api('GET', path)).body as unknown as Say;
      assert.deepEqual([before.refusal, before.warnings], [null, []], 'the policy has nothing against it yet');
      const { body: policy } = await api('GET', '/policy');
      const { settings } = policy as { settings: Record<string, string> };
      const strict = { preset: 'rollcall', settings: { ...settings, sameSignInProvider: 'required' } };
      const set = await api('PUT', '/policy', { ...strict, confirm: Object.keys(settings) });
      assert.equal(set.status, 200, set.text);
      const shown = await api('GET', path);
      const said = shown.body as unknown as Say;
      assert.equal(said.refusal, null);
      assert.deepEqual(
        said.warnings?.map((each) => /people sign in with Microsoft Entra ID.*Provisioning goes on/s.test(each)),
        [true],
        shown.text,
      );
      const etag = { 'if-match': shown.headers.get('etag') as string };
      if (how === 'resumed') {
        const answer = await api('PATCH', '/connection', { state: 'on' }, etag);
        assert.deepEqual([answer.status, answer.body.warnings], [200, said.warnings], answer.text);
      } else {
        const answer = await api('POST', path.replace('/plan', '/release'), undefined, etag);
        assert.equal(answer.status, 200, answer.text);
      }
      const live = await createUser(org, 'live');
      const { rows } = await here.rollcall.db.owner.query<{ id: string; status: string }>(
        `select id, status from members where org_id = $1`,
        [org.id],
      );
      const status = new Map(rows.map((row) => [row.id, row.status]));
      assert.deepEqual(
        [...held, live].map((id) => status.get(id)),
        [...held, live].map(() => 'active'),
      );
      if (how === 'released') assert.ok(people.every((id) => status.get(id) === 'suspended'));
    });
  }
});

async function openBatch(api: Scim): Promise<string> {
  const { items } = (await api('GET', '/held')).body as { items: { id: string; state: string }[] };
  return items.find(({ state }) => state === 'open')?.id as string;
}

describe('what a change was shown is held against what it finds when it gets its turn', () => {
  const here = besideGlobex({ ...brakeOff, brakeDeactivations: 'strict' });
  const path = '/organizations/acme';
  let api: Scim;
  before(() => {
    api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
  });

  /** Sends a change, which waits for its turn, and lets another one happen before it. */
  async function overtaken(
    change: () => ReturnType<Scim>,
    other: (holder: { query: (text: string, values: unknown[]) => Promise<unknown> }) => Promise<unknown>,
    // The counts of requests, which refer to the organization, are written meanwhile and do not wait.
    turn = 'select from organizations where id = $1 for no key update',
  ) {
    const holder = await here.rollcall.db.owner.connect();
    try {
      await holder.query('begin');
      await holder.query(turn, [here.acme.id]);
      const sent = change();
      await untilWaiting(here.rollcall.db.owner, 1);
      await other(holder);
      await holder.query('commit');
      return await sent;
    } finally {
      holder.release();
    }
  }

  test('a batch that has come to hold more is neither let go nor discarded', async () => {
    const { acme } = here;
    const people: string[] = [];
    for (let each = 0; each < 16; each++) people.push(await createUser(acme, `p${each}`));
    const deactivate = async (each: number) => {
      const off = patch({ op: 'replace', value: { active: false } });
      assert.equal((await acme.scim('PATCH', `/Users/${people[each]}`, off)).status, 200);
    };
    for (let each = 0; each < 12; each++) await deactivate(each);
    const batch = `${path}/held/${await openBatch((method, at, ...rest) => api(method, `${path}${at}`, ...rest))}`;
    let next = 12;
    for (const how of ['release', 'discard']) {
      for (const shown of [batch, `${batch}/plan`]) {
        const tag = (await api('GET', shown)).headers.get('etag') as string;
        const found = (await api('GET', batch)).body.members as number;
        const answer = await overtaken(
          () => api('POST', `${batch}/${how}`, undefined, { 'if-match': tag }),
          () => deactivate(next++),
        );
        assert.deepEqual([answer.status, answer.body.code], [412, 'precondition_failed'], `${how} ${shown}`);
        const { state, members } = (await api('GET', batch)).body;
        assert.deepEqual([state, members], ['open', found + 1]);
      }
    }
    const tag = (await api('GET', batch)).headers.get('etag') as string;
    // What is written and not committed yet is found behind the counter.
    const counter = 'select from event_counters where org_id = $1 for update';
    const late = await overtaken(
      () => api('POST', `${batch}/release`, undefined, { 'if-match': tag }),
      (holder) =>
        holder.query('update members set held_by = null where org_id = $1 and id = $2', [acme.id, people[15]]),
      counter,
    );
    assert.deepEqual([late.status, late.body.code], [412, 'precondition_failed']);
    const now = (await api('GET', batch)).headers.get('etag') as string;
    assert.equal((await api('POST', `${batch}/release`, undefined, { 'if-match': now })).status, 200);
  });

  test('a configuration that was changed meanwhile is not applied, and the other change stays', async () => {
    const policyOf = async () => (await api('GET', `${path}/policy`)).body.settings as Record<string, string>;
    const document = { version: 1, policy: { tokens: 'single' } };
    const plan = `${path}/configuration/plan`;
    for (const tagOf of [() => api('GET', `${path}/configuration`), () => api('POST', plan, document)]) {
      const before = await policyOf();
      const tag = (await tagOf()).headers.get('etag') as string;
      const filters = before.filters === 'all' ? 'names-only' : 'all';
      const answer = await overtaken(
        () => api('PUT', `${path}/configuration`, document, { 'if-match': tag }),
        async (holder) =>
          await holder.query(
            `update organizations set policy = jsonb_set(policy, '{filters}', to_jsonb($2::text)) where id = $1`,
            [here.acme.id, filters],
          ),
      );
      assert.deepEqual([answer.status, answer.body.code], [412, 'precondition_failed'], answer.text);
      assert.deepEqual(await policyOf(), { ...before, filters });
    }
    const tag = (await api('POST', plan, document)).headers.get('etag') as string;
    assert.equal((await api('PUT', `${path}/configuration`, document, { 'if-match': tag })).status, 200);
    assert.equal((await policyOf()).tokens, 'single');
  });
});
