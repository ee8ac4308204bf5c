import { median } from './latencies.ts';
import { joining, leaving } from './people.ts';
import { below, seededRandom } from './random.ts';
import { isSuccess, measurePhase, type PhaseFigures, type Session, sendTimed } from './session.ts';

export type MemberProbeFigures = PhaseFigures & {
  /** Median milliseconds of adding one member. */
  intoSmall: number;
  intoBig: number;
};

/**
 * Puts one member into a small and into a big group and takes it out again, in turns, one request at a time: what else
 * the machine does weighs on both alike.
 */
export async function probeMembers(
  session: Session,
  groups: { small: string; smallSize: number; big: string; bigSize: number },
  options: { rounds: number; seconds: number },
): Promise<MemberProbeFigures> {
  const [connection] = session.connections;
  if (connection === undefined) throw new Error('a session has at least one connection');
  const random = seededRandom(session.seed);
  const times = { small: [] as number[], big: [] as number[] };
  const figures = await measurePhase(session, 'one member', async (latencies) => {
    const endMs = performance.now() + options.seconds * 1000;
    const change = async (size: 'small' | 'big', person: number, isJoining: boolean) => {
      const id = session.ids[person] as string;
      const startedMs = performance.now();
      const answer = await sendTimed(connection, latencies, {
        operation: `${isJoining ? 'into' : 'out of'} a group of ${size === 'small' ? groups.smallSize : groups.bigSize}`,
        method: 'PATCH',
        path: `/Groups/${groups[size]}`,
        body: isJoining ? joining([[person, id]]) : leaving(id),
        isRight: isSuccess,
      });
      if (isJoining && answer !== undefined) times[size].push(performance.now() - startedMs);
    };
    for (let round = 0; round < options.rounds; round++) {
      if (performance.now() > endMs) return [`cut off after ${round} of ${options.rounds} rounds`];
      // Not one of the small group's own members, and one of the big group's.
      const person = groups.smallSize + below(random, groups.bigSize - groups.smallSize);
      await change('small', person, true);
      await change('big', person, false);
      await change('small', person, false);
      await change('big', person, true);
    }
    return [];
  });
  return { ...figures, intoSmall: median(times.small), intoBig: median(times.big) };
}
