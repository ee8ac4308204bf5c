/** The PATCH engine against a model that is too small to be wrong: one title, one name, and roles told apart by their value. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatch, type PatchOperation } from '../../src/scim/patch.ts';
import { userType } from '../../src/scim/resource-types.ts';
import type { Resource } from '../../src/scim/schema.ts';
import { scaled } from '../scale.ts';

type Model = {
  title: string | undefined;
  given: string | undefined;
  family: string | undefined;
  roles: Map<string, string | undefined>;
};

/** An operation and what it does to the model; false if it is refused. */
type Step = { operation: PatchOperation; apply: (model: Model) => boolean };

const word = fc.constantFrom('a', 'b', 'c');

const done = (change: (model: Model) => void) => (model: Model) => {
  change(model);
  return true;
};

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom('add' as const, 'replace' as const), word).map(
    ([op, title]): Step => ({
      operation: { op, path: 'title', value: title },
      apply: done((model) => {
        model.title = title;
      }),
    }),
  ),
  fc.constant<Step>({
    operation: { op: 'remove', path: 'title', value: undefined },
    apply: done((model) => {
      model.title = undefined;
    }),
  }),
  fc.tuple(word, fc.boolean()).map(
    ([family, withPath]): Step => ({
      operation: withPath
        ? { op: 'replace', path: 'name', value: { familyName: family } }
        : { op: 'replace', path: undefined, value: { name: { familyName: family } } },
      apply: done((model) => {
        model.family = family;
      }),
    }),
  ),
  word.map(
    (given): Step => ({
      operation: { op: 'add', path: 'name.givenName', value: given },
      apply: done((model) => {
        model.given = given;
      }),
    }),
  ),
  fc.constant<Step>({
    operation: { op: 'remove', path: 'name', value: undefined },
    apply: done((model) => {
      model.given = undefined;
      model.family = undefined;
    }),
  }),
  fc.array(word, { maxLength: 3 }).map(
    (roles): Step => ({
      operation: { op: 'add', path: 'roles', value: roles.map((value) => ({ value })) },
      apply: done((model) => {
        for (const role of roles) model.roles.set(role, model.roles.get(role));
      }),
    }),
  ),
  fc.array(word, { maxLength: 3 }).map(
    (roles): Step => ({
      operation: { op: 'replace', path: undefined, value: { roles: roles.map((value) => ({ value })) } },
      apply: done((model) => {
        model.roles = new Map(roles.map((role) => [role, undefined]));
      }),
    }),
  ),
  fc.tuple(word, fc.constantFrom('filter', 'list')).map(
    ([role, shape]): Step => ({
      operation:
        shape === 'filter'
          ? { op: 'remove', path: `roles[value eq "${role}"]`, value: undefined }
          : { op: 'remove', path: 'roles', value: [{ value: role }] },
      apply: done((model) => {
        model.roles.delete(role);
      }),
    }),
  ),
  fc.tuple(word, word).map(
    ([role, display]): Step => ({
      operation: { op: 'replace', path: `roles[value eq "${role}"].display`, value: display },
      apply: (model) => {
        if (!model.roles.has(role)) return false;
        model.roles.set(role, display);
        return true;
      },
    }),
  ),
  fc.constantFrom<Step>(
    { operation: { op: 'remove', path: 'userName', value: undefined }, apply: () => false },
    { operation: { op: 'replace', path: 'active', value: 'perhaps' }, apply: () => false },
    { operation: { op: 'replace', path: 'id', value: 'x' }, apply: () => false },
  ),
);

function represent({ title, given, family, roles }: Model): Resource {
  const name = {
    ...(given === undefined ? {} : { givenName: given }),
    ...(family === undefined ? {} : { familyName: family }),
  };
  const values = [...roles].map(([value, display]) => ({ value, ...(display === undefined ? {} : { display }) }));
  return {
    schemas: [userType.schema.id],
    userName: 'ada',
    active: true,
    ...(title === undefined ? {} : { title }),
    ...(Object.keys(name).length === 0 ? {} : { name }),
    ...(values.length === 0 ? {} : { roles: values }),
  };
}

const models: fc.Arbitrary<Model> = fc.record({
  title: fc.option(word, { nil: undefined }),
  given: fc.option(word, { nil: undefined }),
  family: fc.option(word, { nil: undefined }),
  roles: fc.array(word, { maxLength: 3 }).map((roles) => new Map(roles.map((role) => [role, undefined]))),
});

test('a PATCH means its operations one after the other, or nothing at all (RFC 7644 §3.5.2)', () => {
  fc.assert(
    fc.property(models, fc.array(steps, { maxLength: 6 }), (model, patch) => {
      const current = represent(model);
      const held = structuredClone(current);
      const expected: Model = { ...model, roles: new Map(model.roles) };
      const accepted = patch.every((step) => step.apply(expected));
      const run = () =>
        applyPatch(
          userType,
          current,
          patch.map((step) => step.operation),
        );
      if (accepted) {
        const { resource, changed } = run();
        assert.deepEqual(resource, represent(expected));
        assert.equal(changed, !isSame(resource, held));
        assert.equal(applyPatch(userType, resource, []).changed, false);
      } else {
        assert.throws(run, { name: 'ScimError' });
      }
      assert.deepEqual(current, held);
    }),
    { numRuns: scaled(500) },
  );
});

function isSame(left: unknown, right: unknown): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

test('any operations on any user are applied or refused, and touch neither the user nor the prototype', () => {
  const paths = fc.constantFrom(
    undefined,
    'title',
    'emails',
    'emails.value',
    'emails[type eq "a"].value',
    'emails[primary eq true]',
    'name',
    'name.x',
    'manager',
    'urn:acme:x',
    'urn:acme:x:y',
    'constructor',
    'constructor.prototype',
    'toString.call',
    'hasOwnProperty',
    'x[y eq 1].z',
  );
  const leaf = fc.constantFrom<unknown>(
    null,
    '',
    'a',
    7,
    true,
    [],
    {},
    ['a'],
    [{ value: 'a' }],
    [{ type: 'a', primary: true }],
  );
  const keys = fc.constantFrom(
    'value',
    'type',
    'emails',
    'name',
    'constructor',
    'prototype',
    'manager',
    'emails[type eq "a"].value',
  );
  const values = fc.oneof(leaf, fc.dictionary(keys, leaf, { noNullPrototype: true }));
  const operations = fc.record({
    op: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const),
    path: paths,
    value: values,
  });
  const user: Resource = {
    schemas: [userType.schema.id],
    userName: 'ada',
    active: true,
    emails: [{ value: 'a', type: 'a' }],
  };
  const held = structuredClone(user);
  const prototypeKeys = Object.getOwnPropertyNames(Object.prototype);
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 5 }), (patch) => {
      try {
        const { resource } = applyPatch(userType, user, patch);
        assert.deepEqual(applyPatch(userType, resource, []).resource, resource);
      } catch (error) {
        assert.equal((error as Error).name, 'ScimError', String(error));
      }
      assert.deepEqual(user, held);
      assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), prototypeKeys);
    }),
    { numRuns: scaled(1000) },
  );
});
