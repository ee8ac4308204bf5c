import { creation, emptyGroup, joining, lookUp } from './people.ts';
import { idIn, isSuccess, measurePhase, type PhaseFigures, type Session, sendTimed } from './session.ts';

/**
 * Assigns people as Okta does: looks each one up, and creates whoever is not found. When the time is over, those who are
 * left are created without a lookup and without being measured, so that slow servers get the same size.
 */
export async function assignPeople(
  session: Session,
  count: number,
  bounds: { seconds: number },
): Promise<PhaseFigures> {
  let next = 0;
  const figures = await measurePhase(session, 'lookup and create', async (latencies) => {
    const endMs = performance.now() + bounds.seconds * 1000;
    await Promise.all(
      session.connections.map(async (connection) => {
        while (next < count && performance.now() < endMs) {
          const person = next++;
          await sendTimed(connection, latencies, {
            operation: 'lookup, not found',
            method: 'GET',
            path: lookUp(person),
            isRight: ({ status, body }) => status === 200 && /"totalResults": ?0\b/.test(body.toString('latin1')),
          });
          const answer = await sendTimed(connection, latencies, {
            operation: 'create',
            method: 'POST',
            path: '/Users',
            body: creation(person),
            isRight: ({ status }) => status === 201,
          });
          if (answer === undefined) throw new Error(`person ${person} could not be created`);
          session.ids[person] = idIn(answer);
          session.isActive[person] = true;
        }
      }),
    ).catch((error: Error) => {
      throw new Error(`${error.message} (${latencies.explanations.join('; ')})`);
    });
    return next < count ? [`${count - next} of ${count} people were created outside the measurement`] : [];
  });
  await Promise.all(
    session.connections.map(async (connection) => {
      while (next < count) {
        const person = next++;
        session.ids[person] = idIn(await connection.send('POST', '/Users', creation(person)));
        session.isActive[person] = true;
      }
    }),
  );
  return figures;
}

/** Creates a group and pushes people into it, `batch` of them at a time, one request after the other as Okta does. */
export async function pushGroup(
  session: Session,
  group: { name: string; people: number; batch: number },
): Promise<{ id: string; figures: PhaseFigures }> {
  const [connection] = session.connections;
  if (connection === undefined) throw new Error('a session has at least one connection');
  let id = '';
  const figures = await measurePhase(session, 'group push', async (latencies) => {
    const created = await sendTimed(connection, latencies, {
      operation: 'create group',
      method: 'POST',
      path: '/Groups',
      body: emptyGroup(group.name),
      isRight: ({ status }) => status === 201,
    });
    if (created === undefined) throw new Error(`the group was not created: ${latencies.explanations.join('; ')}`);
    id = idIn(created);
    for (let from = 0; from < group.people; from += group.batch) {
      const people = session.ids.slice(from, Math.min(from + group.batch, group.people));
      await sendTimed(connection, latencies, {
        operation: `add ${group.batch} members`,
        method: 'PATCH',
        path: `/Groups/${id}`,
        body: joining(people.map((each, index) => [from + index, each] as const)),
        isRight: isSuccess,
      });
    }
    return [];
  });
  return { id, figures };
}
