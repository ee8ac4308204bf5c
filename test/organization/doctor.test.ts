import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counted, type Diagnosed, diagnose } from '../../src/organization/doctor.ts';
import { defaultPolicy } from '../../src/organization/policy.ts';
import { signsOf } from '../../src/organization/request-signs.ts';
import { silenceAllowedMs } from '../../src/organization/rhythm.ts';

const seen = (count: number, day = 1): Counted => ({
  count,
  lastAt: new Date(Date.UTC(2030, 0, day)),
  requests: [`request of day ${day}`],
});

const looked = (of: Partial<Omit<Diagnosed, 'signs'>> & { signs?: Record<string, Counted> }): Diagnosed => ({
  profile: 'generic',
  policy: defaultPolicy,
  answers: new Map(),
  heldMemberships: 0,
  braked: undefined,
  teamOfEveryone: undefined,
  providers: undefined,
  ...of,
  signs: new Map(Object.entries(of.signs ?? {})),
});

const idsOf = (of: Parameters<typeof looked>[0]) => diagnose(looked(of)).findings.map(({ id }) => id);

test('the provider is the one that sends most; without a name, the one that the profile is for', () => {
  assert.equal(diagnose(looked({})).provider, undefined);
  assert.equal(diagnose(looked({ profile: 'entra' })).provider, 'entra');
  const signs = { 'client:okta': seen(2), 'client:onelogin': seen(9) };
  assert.equal(diagnose(looked({ profile: 'entra', signs })).provider, 'onelogin');
});

test('Entra ID without its flag is told of the flag, and others that write so are not', () => {
  const signs = { 'tolerance:op-case': seen(4), 'tolerance:bool-as-string': seen(2, 3) };
  const [finding] = diagnose(looked({ profile: 'entra', signs })).findings;
  assert.deepEqual([finding?.id, finding?.count, finding?.requests], ['entra-flag', 6, ['request of day 3']]);
  assert.match(finding?.fix ?? '', /\?aadOptscim062020 to the end of the Tenant URL/);
  assert.deepEqual(idsOf({ profile: 'generic', signs }), []);
});

test('licenses by the attribute alone are a problem where Entra ID is the provider, and there only (B59)', () => {
  const policy = { ...defaultPolicy, licenseSource: 'by-attribute' as const };
  const [finding] = diagnose(looked({ profile: 'entra', policy })).findings;
  assert.deepEqual([finding?.id, finding?.severity], ['license-from-entra', 'problem']);
  assert.match(finding?.fix ?? '', /licenseSource/);
  assert.deepEqual(idsOf({ profile: 'okta', policy }), []);
  assert.deepEqual(idsOf({ profile: 'entra' }), []);
});

test('a policy that takes filters by name only is warned of where Entra ID is the provider, and there only', () => {
  const policy = { ...defaultPolicy, filters: 'names-only' as const };
  const [finding] = diagnose(looked({ profile: 'entra', policy })).findings;
  assert.deepEqual([finding?.id, finding?.severity], ['filters-for-entra', 'warning']);
  assert.match(finding?.fix ?? '', /Set filters to all/);
  assert.deepEqual(idsOf({ profile: 'okta', policy }), []);
  assert.deepEqual(idsOf({ profile: 'entra' }), []);
});

test('what the brake holds is a problem that names the batch and what it counts, without any traffic', () => {
  const [finding, ...others] = diagnose(
    looked({ braked: { id: 'b1', kinds: ['emptiedTeams', 'lostAdmins'] } }),
  ).findings;
  assert.deepEqual([finding?.id, finding?.severity, others], ['held-by-brake', 'problem', []]);
  assert.match(finding?.says ?? '', /taken out of teams; owners and admins who no longer administer/);
  assert.match(finding?.fix ?? '', /b1.*release or discard/);
});

test('a profile that suits anybody is wrong for nobody; one that refuses what is sent is a problem', () => {
  assert.deepEqual(idsOf({ profile: 'generic', signs: { 'client:okta': seen(1) } }), []);
  assert.deepEqual(idsOf({ profile: 'rfc', signs: { 'client:okta': seen(1) } }), []);
  assert.deepEqual(idsOf({ profile: 'okta', signs: { 'client:jumpcloud': seen(1) } }), ['wrong-profile']);
  const [finding] = diagnose(looked({ profile: 'rfc', signs: { 'profile-refusal': seen(1) } })).findings;
  assert.deepEqual([finding?.id, finding?.severity], ['wrong-profile', 'problem']);
  assert.match(finding?.fix ?? '', /to generic$/);
});

test('the fix is in the words of the provider that calls, and problems come first', () => {
  const signs = { 'username-changed': seen(1), 'old-token': seen(1) };
  const okta = diagnose(looked({ profile: 'okta', signs })).findings;
  assert.deepEqual(
    okta.map(({ id }) => id),
    ['old-token', 'username-changed'],
  );
  assert.match(okta[0]?.fix ?? '', /Test API Credentials/);
  const entra = diagnose(looked({ profile: 'entra', signs })).findings;
  assert.match(entra[0]?.fix ?? '', /Secret Token.*Test Connection/);
  assert.match(entra[1]?.fix ?? '', /\*Only during object creation\*/);
});

test('what is noticed of a request is in its client, its path and its body, in whatever letter case', () => {
  const email = { value: 'ada@acme.example' };
  const complete = { userName: email.value, name: { givenName: 'Ada', familyName: 'Byron' }, emails: [email] };
  const of = (request: Partial<Parameters<typeof signsOf>[0]>) =>
    [
      ...signsOf({
        method: 'POST',
        path: '/scim/v2/acme/Users',
        resourceType: 'User',
        client: undefined,
        body: complete,
        tolerances: [],
        ...request,
      }),
    ].sort();
  assert.deepEqual(of({}), []);
  assert.deepEqual(of({ client: 'Okta SCIM Client 1.0.0' }), ['client:okta']);
  assert.deepEqual(of({ path: '/scim/v2/acme/Users?aadOptscim062020' }), ['client:entra']);
  assert.deepEqual(of({ path: '/scim/v2/acme/Users?filter=x&aadOptscim062020' }), ['client:entra']);
  assert.deepEqual(of({ body: { USERNAME: 'ada', name: complete.name, emails: complete.emails } }), [
    'username-not-email',
  ]);
  assert.deepEqual(of({ resourceType: 'Group', body: { userName: 'ada' } }), []);
  const patch = (operation: unknown) => of({ method: 'PATCH', body: { Operations: [{ op: 'replace' }, operation] } });
  assert.deepEqual(patch({ op: 'replace', path: 'userName', value: 'ada' }), ['username-not-email']);
  assert.deepEqual(patch({ op: 'Replace', value: { username: 'ada' } }), ['username-not-email']);
  assert.deepEqual(patch({ op: 'replace', path: 'title', value: 'ada' }), []);
  assert.deepEqual(patch('nonsense'), []);
  assert.deepEqual(of({ tolerances: ['password-discarded'] }), ['tolerance:password-discarded']);
  assert.deepEqual(of({ method: 'PUT', tolerances: ['password-discarded'] }), [
    'password-on-update',
    'tolerance:password-discarded',
  ]);
  assert.deepEqual(of({ body: undefined }), []);
  const missing = [{ name: undefined }, { name: { givenName: 'Ada' } }, { name: { familyName: '' } }, { emails: [] }];
  for (const part of missing) {
    for (const method of ['POST', 'PUT'])
      assert.deepEqual(of({ method, body: { ...complete, ...part } }), ['profile-incomplete'], JSON.stringify(part));
  }
  assert.deepEqual(of({ body: { userName: email.value, NAME: complete.name, Emails: complete.emails } }), []);
  assert.deepEqual(of({ body: { ...complete, emails: email } }), []);
  assert.deepEqual(of({ body: { ...complete, emails: email.value } }), []);
  assert.deepEqual(of({ method: 'PATCH', body: { userName: email.value } }), []);
  assert.deepEqual(of({ resourceType: 'Group', body: { displayName: 'Team' } }), []);
});

test('a silence is one that is twice as long as any pause before it, of a provider that has a rhythm', () => {
  const hourMs = 3_600_000;
  assert.equal(silenceAllowedMs({ pieces: 3, longestGapMs: hourMs }), undefined);
  assert.equal(silenceAllowedMs({ pieces: 200, longestGapMs: 0.5 * hourMs }), 2 * hourMs);
  assert.equal(silenceAllowedMs({ pieces: 200, longestGapMs: 63 * hourMs }), 126 * hourMs);
  assert.equal(silenceAllowedMs({ pieces: 12, longestGapMs: 300 * hourMs }), 14 * 24 * hourMs);
});

test('another provider that calls is found, whatever an admin once said of the connection (K30)', () => {
  const providers = { scim: 'okta', signIn: 'okta', wasDeclared: false };
  const signs = { 'client:entra': seen(3) };
  assert.deepEqual(idsOf({ providers, signs }), ['sign-in-differs']);
  assert.deepEqual(idsOf({ providers: { ...providers, signIn: 'entra' }, signs }), []);
  assert.deepEqual(idsOf({ providers: undefined, signs }), [], 'nothing is taken by a connection that is off');
  const required = { ...defaultPolicy, sameSignInProvider: 'required' as const };
  const [finding] = diagnose(looked({ providers: { ...providers, signIn: undefined }, policy: required })).findings;
  assert.deepEqual([finding?.id, finding?.severity], ['sign-in-undeclared', 'problem']);
  assert.match(finding?.fix ?? '', /rollcall sign-in set <org> okta/);
});
