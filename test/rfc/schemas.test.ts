import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

type Attribute = Record<string, unknown> & { name: string; subAttributes?: Attribute[] };
type Schema = { id: string; name: string; attributes: Attribute[] };

/** The characteristics of RFC 7643 §7. Descriptions are in our own words. */
const characteristics = [
  'type',
  'multiValued',
  'required',
  'caseExact',
  'canonicalValues',
  'mutability',
  'returned',
  'uniqueness',
  'referenceTypes',
];

/** Where our schemas differ from those that RFC 7643 §8.7.1 prints, and why. Each must differ. */
const agreed: Record<string, string> = {
  'User:name uniqueness': 'a complex attribute has no uniqueness (RFC 7643 §2.3.8)',
  'User:emails uniqueness': 'a complex attribute has no uniqueness (RFC 7643 §2.3.8)',
  'User:addresses uniqueness': 'a complex attribute has no uniqueness (RFC 7643 §2.3.8)',
  'User:profileUrl caseExact': 'references are case exact (RFC 7643 §2.3.7)',
  'User:photos.value caseExact': 'references are case exact (RFC 7643 §2.3.7)',
  'User:groups.$ref caseExact': 'references are case exact (RFC 7643 §2.3.7)',
  'Group:members.$ref caseExact': 'references are case exact (RFC 7643 §2.3.7)',
  'EnterpriseUser:manager.$ref caseExact': 'references are case exact (RFC 7643 §2.3.7)',
  'User:groups.value caseExact': 'ids are case exact (RFC 7643 §3.1)',
  'Group:members.value caseExact': 'ids are case exact (RFC 7643 §3.1)',
  'EnterpriseUser:manager.value caseExact': 'ids are case exact (RFC 7643 §3.1)',
  'User:password caseExact': 'a password in another letter case is another password',
  'User:x509Certificates caseExact': 'a complex attribute has no case (RFC 7643 §2.3.8)',
  'User:x509Certificates.value caseExact': 'binaries are case exact (RFC 7643 §2.3.6)',
  'User:roles.type canonicalValues': 'an empty list of canonical values is left out',
  'User:x509Certificates.type canonicalValues': 'an empty list of canonical values is left out',
  'User:addresses.primary is not printed': 'every multi-valued attribute has it by default (RFC 7643 §2.4)',
  'User:groups.$ref referenceTypes': 'a person is in groups, not in users',
  'User:groups.type canonicalValues': 'teams have people as members, no teams, so each membership is direct',
  'Group:displayName required': 'it names the team (RFC 7643 §4.2 asks for it too)',
  'Group:displayName uniqueness': 'providers link groups by their name',
  'Group:members.$ref referenceTypes': 'teams have people as members, no teams',
  'Group:members.type canonicalValues': 'teams have people as members, no teams',
  'Group:members.display is not printed': 'a default sub-attribute of multi-valued attributes (RFC 7643 §2.4)',
  'EnterpriseUser:manager.displayName mutability': 'Okta maps it, and there is no other name to put there',
};

/** RFC 7643 §8.7.2 describes the documents of discovery themselves, which are no resources that a client could change. */
const notServed = [
  'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  'urn:ietf:params:scim:schemas:core:2.0:Schema',
];

const folder = new URL('samples/schemas/', import.meta.url);
const schemas = readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Schema);

describe('the schemas of RFC 7643 §8.7', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  const met = new Set<string>();
  before(async () => {
    rollcall = await startRollcall();
    acme = await rollcall.organization();
  });
  after(() => rollcall[Symbol.asyncDispose]());

  for (const schema of schemas) {
    if (notServed.includes(schema.id)) {
      test(`${schema.id} is not among the schemas of resources`, async () => {
        assert.equal((await acme.scim('GET', `/Schemas/${schema.id}`)).status, 404);
      });
      continue;
    }
    test(`${schema.id} has the attributes and characteristics that are printed, but for those agreed (7643-2.2-characteristics, 7643-2.4-meanings, 7643-2.4-recommended, 7643-4.1.1-attributes, 7643-4.1.1-display-name, 7643-4.1.2-membership, 7643-7-characteristics)`, async () => {
      const { status, body } = await acme.scim('GET', `/Schemas/${schema.id}`);
      assert.equal(status, 200);
      assert.equal(body.name, schema.name);
      const found = differencesOf(schema.attributes, body.attributes as Attribute[], `${schema.name}:`);
      for (const each of found) met.add(each);
      assert.deepEqual(
        found.filter((each) => agreed[each] === undefined),
        [],
      );
    });
  }

  test('each agreed difference is one', () => {
    assert.deepEqual(
      Object.keys(agreed).filter((each) => !met.has(each)),
      [],
    );
  });
});

function differencesOf(printed: readonly Attribute[], served: readonly Attribute[], prefix: string): string[] {
  const found: string[] = [];
  for (const attribute of printed) {
    const own = served.find(({ name }) => name === attribute.name);
    if (own === undefined) {
      found.push(`${prefix}${attribute.name} is absent`);
      continue;
    }
    for (const name of characteristics) {
      // A characteristic that is not printed has its default, or says nothing about that type.
      if (attribute[name] === undefined || isSame(attribute[name], own[name])) continue;
      found.push(`${prefix}${attribute.name} ${name}`);
    }
    found.push(...differencesOf(attribute.subAttributes ?? [], own.subAttributes ?? [], `${prefix}${attribute.name}.`));
  }
  const more = served.filter(({ name }) => !printed.some((each) => each.name === name));
  return [...found, ...more.map(({ name }) => `${prefix}${name} is not printed`)];
}

function isSame(left: unknown, right: unknown): boolean {
  return Array.isArray(left) && Array.isArray(right)
    ? left.length === right.length && left.every((each) => right.includes(each))
    : left === right;
}
