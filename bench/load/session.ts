import { loadavg } from 'node:os';
import type { Target } from '../peers/target.ts';
import { type Answer, type Connection, openConnection } from './connection.ts';
import { collectLatencies, type Latencies, type OperationFigures } from './latencies.ts';
import { cpuSeconds, postgresCpuSeconds, residentMegabytes } from './process-usage.ts';

/** The load on one server: its connections, and what the client knows of it. */
export type Session = {
  target: Target;
  postmasterPid: number | undefined;
  connections: readonly Connection[];
  seed: number;
  /** The server's ids of the people, by their numbers. */
  ids: string[];
  /** What was last asked for each person. */
  isActive: boolean[];
};

export type PhaseFigures = {
  phase: string;
  seconds: number;
  operations: OperationFigures[];
  errors: readonly string[];
  /** Sentences that belong to the figures, such as that a phase was cut off. */
  remarks: string[];
  /** CPU seconds during the phase. */
  cpu: { server: number; postgres: number; client: number };
  serverMegabytes: { now: number; peak: number };
  /** Processes that wanted to run during the last minute, on the whole machine. */
  loadAverage: number;
};

/** An answer that takes longer than this counts as an error. */
const answerTimeoutMs = 120_000;

export function openSession(
  target: Target,
  options: { concurrency: number; seed: number; postmasterPid: number | undefined },
): Session {
  const { baseUrl, authorization } = target;
  const connections = Array.from({ length: options.concurrency }, () =>
    openConnection({ baseUrl, authorization, timeoutMs: answerTimeoutMs }),
  );
  return { target, connections, ids: [], isActive: [], seed: options.seed, postmasterPid: options.postmasterPid };
}

export function closeSession(session: Session): void {
  for (const connection of session.connections) connection.close();
}

/** Runs a phase and measures what it takes. `work` returns remarks. */
export async function measurePhase(
  session: Session,
  phase: string,
  work: (latencies: Latencies) => Promise<string[]>,
): Promise<PhaseFigures> {
  const latencies = collectLatencies();
  const before = cpuOf(session);
  const startedMs = performance.now();
  const remarks = await work(latencies);
  const seconds = (performance.now() - startedMs) / 1000;
  const after = cpuOf(session);
  const { pid } = session.target;
  return {
    phase,
    seconds,
    operations: latencies.figures(seconds),
    errors: latencies.explanations,
    remarks,
    cpu: {
      server: after.server - before.server,
      postgres: after.postgres - before.postgres,
      client: after.client - before.client,
    },
    serverMegabytes: pid === undefined ? { now: 0, peak: 0 } : residentMegabytes(pid),
    loadAverage: loadavg()[0] ?? 0,
  };
}

function cpuOf({ target, postmasterPid }: Session): PhaseFigures['cpu'] {
  const client = process.cpuUsage();
  return {
    server: target.pid === undefined ? 0 : cpuSeconds(target.pid),
    postgres: postmasterPid === undefined ? 0 : postgresCpuSeconds(postmasterPid),
    client: (client.user + client.system) / 1e6,
  };
}

export type Request = {
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  path: string;
  body?: string;
  /** Whether the answer is the right one; a success is not enough for a read of the wrong person. */
  isRight: (answer: Answer) => boolean;
};

/** Sends a request and notes its time. Undefined if there was no answer, or the wrong one. */
export async function sendTimed(
  connection: Connection,
  latencies: Latencies,
  request: Request,
): Promise<Answer | undefined> {
  const { operation, method, path } = request;
  const startedMs = performance.now();
  try {
    const answer = await connection.send(method, path, request.body);
    const ms = performance.now() - startedMs;
    const isRight = request.isRight(answer);
    latencies.note(operation, ms, !isRight);
    if (isRight) return answer;
    latencies.explain(`${method} ${path}: ${answer.status} ${answer.body.toString('utf8', 0, 300)}`);
  } catch (error) {
    latencies.note(operation, performance.now() - startedMs, true);
    latencies.explain(`${method} ${path}: ${(error as Error).message}`);
  }
  return undefined;
}

export const isSuccess = ({ status }: Answer): boolean => status === 200 || status === 204;

/** The `id` of the resource in an answer; it is the first one in the text that is a direct attribute. */
export function idIn(answer: Answer): string {
  const { id } = JSON.parse(answer.body.toString('utf8')) as { id?: unknown };
  if (typeof id !== 'string') throw new Error('an answer has no id');
  return id;
}
