import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { besideGlobex, createGroup, createUser, patch, user } from './beside-globex.ts';

describe('versions of reads (RFC 7644 §3.14)', () => {
  const here = besideGlobex();
  const tagOf = async (path: string) => String((await here.acme.scim('GET', path)).headers.get('etag'));
  const read = async (path: string, tag: string) =>
    await here.acme.scim('GET', path, undefined, { 'if-none-match': tag });

  test('who holds the version is answered 304 without a body, and with the tag', async () => {
    const id = await createUser(here.acme, 'lin');
    const tag = await tagOf(`/Users/${id}`);
    const answer = await read(`/Users/${id}`, tag);
    assert.deepEqual([answer.status, answer.text, answer.headers.get('etag')], [304, '', tag]);
    assert.equal(answer.headers.get('content-type'), null);
    assert.equal((await read(`/Users/${id}`, `W/"0", ${tag}`)).status, 304);
    assert.equal((await read(`/Users/${id}`, '*')).status, 304);
    assert.equal((await read(`/Users/${id}`, 'W/"0"')).status, 200);
  });

  test('a change of the user ends it', async () => {
    const id = await createUser(here.acme, 'max');
    const tag = await tagOf(`/Users/${id}`);
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { title: 'Dr' } }));
    const answer = await read(`/Users/${id}`, tag);
    assert.deepEqual([answer.status, answer.body.title], [200, 'Dr']);
  });

  test('the tag is the version in meta, in each answer that holds the resource (RFC 7643 §3.1)', async () => {
    const id = await createUser(here.acme, 'ned');
    const group = await createGroup(here.acme, 'Tagged', [id]);
    const change = patch({ op: 'replace', value: { title: 'Dr' } });
    const answers = [
      await here.acme.scim('PATCH', `/Users/${id}`, change),
      await here.acme.scim('GET', `/Users/${id}`),
      await here.acme.scim('PUT', `/Users/${id}`, user('ned', { title: 'Dr' })),
      await here.acme.scim('GET', `/Users/${id}?excludedAttributes=groups`),
      await here.acme.scim('GET', `/Groups/${group}`),
      await here.acme.scim(
        'PATCH',
        `/Groups/${group}?attributes=members,meta`,
        patch({ op: 'replace', value: { externalId: 'x' } }),
      ),
    ];
    for (const { headers, body } of answers)
      assert.equal((body.meta as { version: string }).version, headers.get('etag'));
    const [changed, seen, replaced] = answers.map(({ headers }) => headers.get('etag'));
    assert.equal(changed, seen);
    assert.match(String(replaced), /^W\/"2-/);
    const { body } = await here.acme.scim('GET', '/Users?filter=userName+sw+"ned"');
    assert.deepEqual(
      body.Resources?.map(({ meta }) => (meta as { version: string }).version),
      [replaced],
    );
  });

  test('joining, leaving, renaming and deleting a group end the tag of a user that shows groups', async () => {
    const id = await createUser(here.acme, 'ola');
    const path = `/Users/${id}`;
    const alone = `${path}?excludedAttributes=groups`;
    const kept = await tagOf(alone);
    const tags = [await tagOf(path)];
    const group = await createGroup(here.acme, 'Before', [id]);
    tags.push(await tagOf(path));
    await here.acme.scim('PATCH', `/Groups/${group}`, patch({ op: 'replace', value: { displayName: 'After' } }));
    tags.push(await tagOf(path));
    await here.acme.scim('DELETE', `/Groups/${group}`);
    tags.push(await tagOf(path));
    const [none, joined, renamed, gone] = tags;
    assert.equal(new Set([none, joined, renamed]).size, 3);
    // The user is again what it was.
    assert.equal(gone, none);
    assert.equal((await read(path, String(joined))).status, 200);
    assert.equal((await read(alone, kept)).status, 304);
  });

  test('renaming a person ends the tag of a group that shows members, and no other', async () => {
    const id = await createUser(here.acme, 'pat');
    const group = await createGroup(here.acme, 'Named', [id]);
    const [whole, alone] = [`/Groups/${group}`, `/Groups/${group}?attributes=displayName`];
    const [tag, kept] = [await tagOf(whole), await tagOf(alone)];
    assert.equal((await read(whole, tag)).status, 304);
    await here.acme.scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', value: { userName: 'patricia@acme.example' } }),
    );
    assert.equal((await read(whole, tag)).status, 200);
    assert.equal((await read(alone, kept)).status, 304);
    const renamed = await tagOf(whole);
    await here.acme.scim('DELETE', `/Users/${id}`);
    assert.equal((await read(whole, renamed)).status, 200);
  });

  test('a tag that was read is a condition of a write by its version (RFC 7644 §3.14)', async () => {
    const id = await createUser(here.acme, 'quin');
    const group = await createGroup(here.acme, 'Guarded', [id]);
    const tag = await tagOf(`/Users/${id}`);
    assert.match(tag, /^W\/"1-/);
    await here.acme.scim('PATCH', `/Groups/${group}`, patch({ op: 'replace', value: { displayName: 'Renamed' } }));
    const write = async () =>
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'add', value: { title: 'Dr' } }), { 'if-match': tag });
    assert.equal((await write()).status, 200);
    assert.equal((await write()).status, 412);
  });

  test('a resource of another organization is missing, whatever tag is sent', async () => {
    const other = await here.rollcall.organization({ slug: 'initech' });
    const id = await createUser(other, 'rex');
    assert.equal((await read(`/Users/${id}`, '*')).status, 404);
  });

  test('wrong parameters of the answer change nothing (RFC 7644 §3.9)', async () => {
    const id = await createUser(here.acme, 'sue');
    const both = 'attributes=title&excludedAttributes=groups';
    for (const [method, body] of [
      ['PATCH', patch({ op: 'replace', value: { title: 'Dr' } })],
      ['PUT', user('sue', { title: 'Dr' })],
    ] as const) {
      assert.equal((await here.acme.scim(method, `/Users/${id}?${both}`, body)).status, 400);
    }
    assert.equal(await tagOf(`/Users/${id}`), 'W/"1"');
  });

  test('POST, PUT and PATCH answer with the attributes that were asked for (RFC 7644 §3.9)', async () => {
    const created = await here.acme.scim('POST', '/Users?attributes=title', user('tom', { title: 'Dr' }));
    assert.deepEqual(Object.keys(created.body).sort(), ['id', 'schemas', 'title']);
    const { id } = created.body;
    const replaced = await here.acme.scim('PUT', `/Users/${id}?excludedAttributes=name,emails,meta`, user('tom'));
    for (const name of ['name', 'emails', 'meta']) assert.equal(name in replaced.body, false, name);
    const patched = await here.acme.scim(
      'PATCH',
      `/Users/${id}?attributes=userName`,
      patch({ op: 'replace', value: { title: 'X' } }),
    );
    assert.deepEqual(Object.keys(patched.body).sort(), ['id', 'schemas', 'userName']);
    const group = await here.acme.scim('POST', '/Groups?excludedAttributes=members', {
      displayName: 'Few',
      members: [{ value: id }],
    });
    assert.equal('members' in group.body, false);
    const regrouped = await here.acme.scim('PUT', `/Groups/${group.body.id}?attributes=displayName`, {
      displayName: 'Few',
    });
    assert.deepEqual(Object.keys(regrouped.body).sort(), ['displayName', 'id', 'schemas']);
  });
});
