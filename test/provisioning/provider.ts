import fc from 'fast-check';
import type { Database } from '../../src/store/database.ts';
import { patch, user } from '../http/beside-globex.ts';
import type { ScimAnswer, TestOrganization } from '../rollcall.ts';

/** One request of a provider. People and teams are numbers; each organization has ids of its own for them. */
export type Step =
  | { what: 'create'; who: number; active: boolean }
  | { what: 'rename'; who: number; to: number }
  | { what: 'mail'; who: number; to: number; isTrusted: boolean }
  | { what: 'active'; who: number; active: boolean }
  | { what: 'put'; who: number; active: boolean; title: number }
  | { what: 'delete'; who: number }
  | { what: 'push'; team: number; who: number[] }
  | { what: 'join' | 'leave'; team: number; who: number[] }
  | { what: 'members'; team: number; who: number[] }
  | { what: 'name'; team: number; to: number }
  | { what: 'drop'; team: number };

const person = fc.nat(11);
const people = fc.uniqueArray(person, { maxLength: 5 });
const team = fc.nat(4);
/** Any request of a provider that knows twelve people and five teams. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('create' as const), who: person, active: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('rename' as const), who: person, to: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('mail' as const), who: person, to: fc.nat(2), isTrusted: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('active' as const), who: person, active: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('put' as const), who: person, active: fc.boolean(), title: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('delete' as const), who: person }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('push' as const), team, who: people }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constantFrom('join' as const, 'leave' as const), team, who: people }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('members' as const), team, who: people }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('name' as const), team, to: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('drop' as const), team }) },
);

/** An address for each of the people. */
export const addressesOfAll: fc.Arbitrary<Step[]> = fc
  .array(fc.record({ to: fc.nat(2), isTrusted: fc.boolean() }), { minLength: 12, maxLength: 12 })
  .map((addresses) => addresses.map((address, who) => ({ what: 'mail', who, ...address })));

/** The domain of an organization in which addresses are trusted. */
const trustedDomain = ({ slug }: { slug: string }) => `${slug}.example`;

/** Makes it verified, before the first request. */
export async function trustDomain(owner: Database, org: TestOrganization): Promise<void> {
  const values = [org.id, trustedDomain(org)];
  await owner.query({
    text: `insert into domains (org_id, name, state, token, created_at, proven_at) values ($1, $2, 'verified', 'token', now(), now())`,
    values,
  });
  await owner.query({ text: 'insert into verified_domains (org_id, name) values ($1, $2)', values });
}

/** The address with which a person is created, or another one. */
const mailOf = ({ who, to, isTrusted }: Extract<Step, { what: 'mail' }>, org: TestOrganization) =>
  to === 0 ? `p${who}@acme.example` : `p${who}.${to}@${isTrusted ? trustedDomain(org) : 'elsewhere.example'}`;

/** A provider of one organization, which remembers the ids that it was given. */
export class Provider {
  readonly #organization: TestOrganization;
  readonly #people = new Map<number, string>();
  readonly #teams = new Map<number, string>();
  /** Every id that was ever given out, in the order in which they were. */
  readonly #ids: string[] = [];

  constructor(organization: TestOrganization) {
    this.#organization = organization;
  }

  async take(one: Step): Promise<ScimAnswer | undefined> {
    const { scim } = this.#organization;
    const id = 'team' in one ? this.#teams.get(one.team) : this.#people.get(one.who);
    const path = 'team' in one ? `/Groups/${id}` : `/Users/${id}`;
    const values = ('team' in one && 'who' in one ? one.who : []).flatMap((who) => {
      const value = this.#people.get(who);
      return value === undefined ? [] : [{ value }];
    });
    switch (one.what) {
      case 'create': {
        const answer = await scim('POST', '/Users', user(`p${one.who}`, { active: one.active }));
        if (answer.status === 201) this.#know(this.#people, one.who, answer);
        return answer;
      }
      case 'push': {
        const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
        const answer = await scim('POST', '/Groups', { schemas, displayName: `Team ${one.team}`, members: values });
        if (answer.status === 201) this.#know(this.#teams, one.team, answer);
        return answer;
      }
    }
    if (id === undefined) return undefined;
    switch (one.what) {
      case 'rename':
        return await scim('PATCH', path, patch({ op: 'replace', value: { displayName: `Name ${one.to}` } }));
      case 'mail':
        return await scim(
          'PATCH',
          path,
          patch({
            op: 'replace',
            value: { emails: [{ value: mailOf(one, this.#organization), type: 'work', primary: true }] },
          }),
        );
      case 'active':
        return await scim('PATCH', path, patch({ op: 'replace', value: { active: one.active } }));
      case 'put':
        return await scim('PUT', path, user(`p${one.who}`, { active: one.active, title: `Title ${one.title}` }));
      case 'delete':
      case 'drop':
        return await scim('DELETE', path);
      case 'join':
        return await scim('PATCH', path, patch({ op: 'add', path: 'members', value: values }));
      case 'leave':
        return await scim('PATCH', path, patch({ op: 'remove', path: 'members', value: values }));
      case 'members':
        return await scim('PATCH', path, patch({ op: 'replace', path: 'members', value: values }));
      case 'name':
        return await scim('PATCH', path, patch({ op: 'replace', value: { displayName: `Team ${one.to}` } }));
    }
  }

  #know(numbers: Map<number, string>, number: number, { body }: ScimAnswer): void {
    numbers.set(number, body.id as string);
    this.#ids.push(body.id as string);
  }

  /** Everything that the provider reads, with names in the place of ids. */
  async reads(): Promise<string> {
    const { scim } = this.#organization;
    const lists = await Promise.all(['/Users?count=200', '/Groups?count=200'].map((path) => scim('GET', path)));
    return this.named(lists.map(({ body }) => JSON.stringify(body)).join('\n'));
  }

  named(text: string): string {
    return (
      this.#ids
        .reduce((all, id, place) => all.replaceAll(id, `id ${place}`), text)
        .replaceAll(this.#organization.slug, 'organization')
        .replace(/"(created|lastModified|version|id)":"(?:[^"\\]|\\.)*"/g, '"$1":""')
        // A refusal says what a person is in force, which is what the two differ in.
        .replace(/\((held|invited|active|suspended|removed)\)/g, '()')
        .replace(/\(reference [^)]*\)/g, '')
    );
  }
}
