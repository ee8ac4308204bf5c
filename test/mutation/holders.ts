/** What holds a requirement, and how its failure is told from the failure of its neighbours. */
import { readFileSync } from 'node:fs';
import { parseTranscript } from '../../okta-sim/transcript.ts';
import { readSamples } from '../rfc/sample.ts';

export type Held = { id: string; by: readonly Holder[] };

export type Holder = {
  /** The test file that runs it. */
  file: string;
  /** Beginnings of the names of its tests; undefined if all of the file's count. */
  tests?: readonly string[];
  /** The lines of a transcript, from which its steps tell what each shows. */
  lines?: readonly string[];
};

const root = new URL('../../', import.meta.url);
const samples = readSamples();

/** The holder of a path in `heldBy`. */
export function holderOf(path: string): Holder {
  const transcript = /^test\/transcripts\/(.+)\.http$/.exec(path)?.[1];
  if (transcript !== undefined) {
    const text = readFileSync(new URL(path, root), 'utf8');
    parseTranscript(text);
    return {
      file: 'test/transcripts/transcripts.test.ts',
      tests: [`${transcript} in the profile`],
      lines: text.split('\n'),
    };
  }
  const name = /^test\/rfc\/samples\/(.+)\.json$/.exec(path)?.[1];
  if (name === undefined) return { file: path };
  const sample = samples.find((each) => each.name === name);
  if (sample === undefined) throw new Error(`there is no sample ${name}`);
  return { file: 'test/rfc/samples.test.ts', tests: [`${sample.section}: ${sample.says}`] };
}

/** Whether the TAP of the holder's file says that what it shows of this requirement failed. */
export function failuresOf(tap: string, { tests, lines }: Holder, id: string): boolean {
  const blocks = tap.split(/^ *(?=(?:not )?ok )/m).filter((block) => block.startsWith('not ok'));
  const own = blocks.filter((block) => tests === undefined || tests.some((each) => titleOf(block).startsWith(each)));
  if (lines === undefined) return own.length > 0;
  const failed = own.flatMap((block) => [...block.matchAll(/line (\d+), [A-Z]+ /g)].map(([, line]) => Number(line)));
  return failed.some((line) => idsAt(lines, line).includes(id));
}

const titleOf = (block: string) => /^not ok \d+ - (.*)/.exec(block)?.[1]?.replaceAll('\\#', '#') ?? '';

/** The ids that the comments above a line name, up to the step before it that comments of their own introduce. */
function idsAt(lines: readonly string[], line: number): string[] {
  const isNaming = (index: number) => /^#.*\b\d{4}-\d[\d.]*-[a-z]/.test(lines[index] ?? '');
  let last = line - 1;
  while (last >= 0 && !isNaming(last)) last--;
  const ids: string[] = [];
  for (; isNaming(last); last--) {
    ids.push(...((lines[last] as string).match(/\b\d{4}-\d[\d.]*-[a-z][a-z0-9-]*/g) ?? []));
  }
  return ids;
}
