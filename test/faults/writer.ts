import assert from 'node:assert/strict';
import type { ServedOrganization } from './served-directory.ts';

type Json = Record<string, unknown>;
type Person = { userName: string; mark: string; active: boolean };

/**
 * A client that remembers every write that was acknowledged, and the one at most whose outcome it does not know. Each
 * write has several parts, so that half of one shows.
 */
export type Writer = {
  /** Writes until something fails or the signal comes. */
  write(stop: AbortSignal): Promise<void>;
  /** Compares what is served with what was acknowledged, and learns what became of the unknown write. */
  verify(served: Served): void;
  /** How many writes were acknowledged, over all rounds. */
  readonly acknowledged: number;
  /** References of the acknowledged writes. */
  readonly references: readonly string[];
  /** How many unknown writes turned out to be stored, and how many not. */
  readonly unknown: { stored: number; lost: number };
};

/** The users of an organization by id, and the ids of the people in the group that all writers share. */
export type Served = { users: ReadonlyMap<string, Json>; members: ReadonlySet<string> };

/** The answer to one request: undefined if none came. An answer that is no success must be an honest outage (I12). */
export async function ask(
  org: ServedOrganization,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Json; reference: string } | undefined> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(org.scimBaseUrl + path, {
      method,
      headers: { authorization: `Bearer ${org.token}`, 'content-type': 'application/scim+json' },
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    return undefined;
  }
  const { status, headers } = response;
  if (status >= 300) {
    assert.equal(status, 503, `${method} ${path} was answered with ${status}: ${text}`);
    assert.match(headers.get('content-type') ?? '', /^application\/scim\+json/);
    assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal(JSON.parse(text).status, '503');
    return undefined;
  }
  return { status, body: text === '' ? {} : JSON.parse(text), reference: headers.get('rollcall-request') ?? '' };
}

const patch = (...Operations: Json[]) => ({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });

/** A writer of people whose names begin with `name`, of whom exactly one at a time is in the group. */
export function startWriter(org: ServedOrganization, groupId: string, name: string): Writer {
  const people = new Map<string, Person>();
  const references: string[] = [];
  const unknown = { stored: 0, lost: 0 };
  let inGroup: string | undefined;
  let turn = 0;
  /** What a served state says about the write whose answer did not come: whether it is stored, and what follows. */
  let pending: ((served: Served) => boolean) | undefined;

  const create = async () => {
    const mark = `${name}-${turn}`;
    const userName = `${mark}@acme.example`;
    pending = ({ users }) => {
      const [id] = [...users].find(([, user]) => user.userName === userName) ?? [];
      if (id !== undefined) people.set(id, { userName, mark, active: true });
      return id !== undefined;
    };
    const answer = await ask(org, 'POST', '/Users', {
      userName,
      title: mark,
      nickName: mark,
      emails: [{ value: userName }],
    });
    if (answer !== undefined) people.set(answer.body.id as string, { userName, mark, active: true });
    return answer;
  };

  const change = async (id: string, person: Person, after: Person) => {
    pending = ({ users }) => {
      const isStored = users.get(id)?.title === after.mark;
      if (isStored) people.set(id, after);
      return isStored;
    };
    const { mark, active } = after;
    const answer = await ask(
      org,
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', value: { title: mark, active } }, { op: 'replace', path: 'nickName', value: mark }),
    );
    if (answer !== undefined) people.set(id, after);
    assert.notEqual(person.mark, mark);
    return answer;
  };

  const swap = async (next: string) => {
    const before = inGroup;
    pending = ({ members }) => {
      const isStored = members.has(next);
      if (isStored) inGroup = next;
      return isStored;
    };
    const leave = before === undefined ? [] : [{ op: 'remove', path: `members[value eq "${before}"]` }];
    const answer = await ask(
      org,
      'PATCH',
      `/Groups/${groupId}`,
      patch(...leave, { op: 'add', path: 'members', value: [{ value: next }] }),
    );
    if (answer !== undefined) inGroup = next;
    return answer;
  };

  const next = async () => {
    turn++;
    const [id, person] = [...people][turn % Math.max(people.size, 1)] ?? [];
    if (id === undefined || person === undefined || turn % 3 === 0) return await create();
    if (turn % 3 === 1 || id === inGroup) {
      return await change(id, person, { ...person, mark: `${name}-${turn}`, active: turn % 2 === 0 });
    }
    return await swap(id);
  };

  return {
    references,
    unknown,
    get acknowledged() {
      return references.length;
    },
    async write(stop) {
      while (!stop.aborted) {
        const answer = await next();
        if (answer === undefined) return;
        pending = undefined;
        references.push(answer.reference);
      }
    },
    verify(served) {
      if (pending !== undefined) unknown[pending(served) ? 'stored' : 'lost']++;
      pending = undefined;
      for (const [id, person] of people) {
        const user = served.users.get(id);
        assert.ok(user !== undefined, `the acknowledged user ${person.userName} is gone`);
        assert.deepEqual(
          [user.userName, user.title, user.nickName, user.active],
          [person.userName, person.mark, person.mark, person.active],
        );
      }
      const mine = [...served.users].filter(([, user]) => String(user.userName).startsWith(`${name}-`));
      assert.equal(mine.length, people.size, 'every stored user was sent by somebody and is known (I2)');
      const members = mine.filter(([id]) => served.members.has(id)).map(([id]) => id);
      assert.deepEqual(members, inGroup === undefined ? [] : [inGroup], 'one of the people is in the group');
    },
  };
}
