import type { TranscriptCheck, TranscriptStep } from './transcript.ts';

export type ReplayAnswer = { status: number; headers: Record<string, string>; body: unknown };

/** Sends one request; the path begins after the base that the replay is for. */
export type ReplaySend = (request: {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}) => Promise<ReplayAnswer>;

/**
 * Replays a transcript and returns what did not come out as written, one text per check, none when all is
 * well. `names` are the values of `{name}` before the first step.
 */
export async function replayTranscript(
  steps: readonly TranscriptStep[],
  send: ReplaySend,
  names: Record<string, string> = {},
): Promise<string[]> {
  const known = new Map(Object.entries(names));
  const failures: string[] = [];
  for (const step of steps) {
    const answer = await send({
      method: step.method,
      path: fill(step.path, known),
      headers: Object.fromEntries(step.headers.map(([name, value]) => [name, fill(value, known)])),
      body: step.body === undefined ? undefined : fill(step.body, known),
    });
    for (const check of step.checks) {
      const failure = examine(check, answer, known);
      if (failure !== undefined) failures.push(`line ${step.line}, ${step.method} ${step.path}: ${failure}`);
    }
  }
  return failures;
}

function examine(check: TranscriptCheck, answer: ReplayAnswer, known: Map<string, string>): string | undefined {
  if (check.kind === 'status') {
    if (check.statuses.includes(answer.status)) return undefined;
    return `status is ${answer.status}, not ${check.statuses.join(' or ')}: ${JSON.stringify(answer.body)}`;
  }
  const value = valueAt(answer, check.path);
  if (check.kind === 'let') {
    known.set(check.name, String(value));
    return value === undefined ? `${check.path} is absent` : undefined;
  }
  if (check.kind === 'present') return value === undefined ? `${check.path} is absent` : undefined;
  if (check.kind === 'absent') return value === undefined ? undefined : `${check.path} is ${JSON.stringify(value)}`;
  const expected = fill(JSON.stringify(check.value), known);
  const actual = JSON.stringify(value) ?? 'absent';
  return actual === expected ? undefined : `${check.path} is ${actual}, not ${expected}`;
}

/** `body.members[0].value`, `body["urn:…"].department`, `body.members.length`, `header.etag`. */
function valueAt(answer: ReplayAnswer, path: string): unknown {
  let place: unknown = { body: answer.body, header: answer.headers };
  for (const [, quoted, plain] of path.matchAll(/\["([^"]+)"\]|([^.[\]]+)/g)) {
    if (typeof place !== 'object' || place === null) return undefined;
    place = (place as Record<string, unknown>)[quoted ?? plain ?? ''];
  }
  return place;
}

/** Names that nobody has given a value stay as they are: braces are common in JSON. */
function fill(text: string, known: Map<string, string>): string {
  return text.replace(/\{([a-z]\w*)\}/g, (whole, name: string) => known.get(name) ?? whole);
}
