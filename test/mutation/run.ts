/**
 * Breaks the source on purpose, one change at a time, and wants what holds the broken requirements to fail:
 *
 *     node bin/node24.js test/mutation/run.ts [--from n] [--workers n] [text…]
 *
 * With texts, only mutants whose file or requirements contain one of them; with --from, the nth of these and those after
 * it. The changes are made in a copy in the system's
 * temporary folder. A transcript must fail in a step that stands below the id of the requirement. Exits with 1 if a mutant
 * survives or does not apply.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { requirements } from '../rfc/requirements.ts';
import { failuresOf, type Held, type Holder, holderOf } from './holders.ts';
import type { Mutant } from './mutant.ts';
import { allMutants } from './mutants/all.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const copied = ['bin', 'docs', 'migrations', 'okta-sim', 'src', 'test', 'package.json', 'package-lock.json'];

const held = new Map<string, Held>();
for (const requirement of requirements) {
  if ('heldBy' in requirement) held.set(requirement.id, { id: requirement.id, by: requirement.heldBy.map(holderOf) });
}

const { values: flags, positionals: texts } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: `${os.availableParallelism()}` },
  },
  allowPositionals: true,
});
/** Copies in which mutants are judged at the same time. */
const workers = Number(flags.workers);
const mutants = allMutants.filter(
  ({ file, breaks }) =>
    texts.length === 0 || texts.some((text) => [file, ...breaks].some((each) => each.includes(text))),
);

const unknown = mutants.flatMap(({ breaks }) => breaks.filter((id) => !held.has(id)));
if (unknown.length > 0) throw new Error(`no requirement that is held: ${unknown.join(', ')}`);

const base = await mkdtemp(path.join(os.tmpdir(), 'rollcall-mutants-'));
try {
  const folders = await Promise.all(
    Array.from({ length: workers }, (_, n) => copyOfSource(path.join(base, String(n)))),
  );
  const all = mutants.flatMap(({ breaks }) => breaks.map((id) => held.get(id) as Held));
  const sound = await failing(folders[0] as string, all);
  if (sound.length > 0) throw new Error(`fail without a mutant: ${sound.join(', ')}`);

  const killed = new Set<string>();
  const wrong: string[] = [];
  const queue = mutants.entries().drop(Number(flags.from) - 1);
  await Promise.all(
    folders.map(async (folder) => {
      for (const [index, mutant] of queue) {
        const said = await judge(folder, mutant);
        for (const id of said.killed) killed.add(id);
        const place = `${mutant.file} at ${JSON.stringify(mutant.find.trim().slice(0, 80))}`;
        wrong.push(...said.wrong.map((each) => `${place}: ${each}`));
        console.log(`${index + 1}/${mutants.length} ${place}: ${said.wrong.join('; ') || 'killed'}`);
      }
    }),
  );
  console.log(
    `\n${mutants.length} mutants; ${killed.size} of ${held.size} held requirements fail when they are broken.`,
  );
  if (texts.length === 0) {
    const untried = [...held.keys()].filter((id) => !mutants.some(({ breaks }) => breaks.includes(id)));
    console.log(`No mutant breaks: ${untried.join(', ') || 'none left'}`);
  }
  if (wrong.length > 0) console.log(`\nNot killed:\n${wrong.map((each) => `  ${each}`).join('\n')}`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await rm(base, { recursive: true, force: true });
}

async function copyOfSource(folder: string): Promise<string> {
  for (const each of copied) await cp(path.join(root, each), path.join(folder, each), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

/** Makes the change, runs what holds the requirements, and takes the change back. */
async function judge(
  folder: string,
  { file, find, replace, breaks }: Mutant,
): Promise<{ killed: string[]; wrong: string[] }> {
  const place = path.join(folder, file);
  const text = await readFile(place, 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) return { killed: [], wrong: [`its place is found ${found} times`] };
  await writeFile(
    place,
    text.replace(find, () => replace),
  );
  try {
    const killed = await failing(
      folder,
      breaks.map((id) => held.get(id) as Held),
    ).catch((error: Error) => error);
    if (killed instanceof Error) return { killed: [], wrong: [`the mutant is none: ${killed.message}`] };
    return { killed, wrong: breaks.filter((id) => !killed.includes(id)).map((id) => `${id} survives`) };
  } finally {
    await writeFile(place, text);
  }
}

/** The requirements that something which holds them finds broken. */
async function failing(folder: string, asked: readonly Held[]): Promise<string[]> {
  const holders = asked.flatMap(({ by }) => by);
  const failures = new Map<string, string>();
  for (const file of new Set(holders.map(({ file }) => file))) {
    const names = holders.filter((each) => each.file === file).flatMap(({ tests }) => tests ?? []);
    failures.set(file, await runTests(folder, file, [...new Set(names)]));
  }
  const fails = (id: string, holder: Holder) => failuresOf(failures.get(holder.file) ?? '', holder, id);
  return [...new Set(asked.filter(({ id, by }) => by.some((holder) => fails(id, holder))).map(({ id }) => id))];
}

/** What `node --test` prints of one file, as TAP; of these tests only if there are any. */
async function runTests(folder: string, file: string, tests: readonly string[]): Promise<string> {
  const escaped = tests.map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = escaped.length === 0 ? [] : [`--test-name-pattern=(^| )(${escaped.join('|')})`];
  const args = ['--test', '--test-isolation=none', '--test-reporter=tap', ...pattern, file];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(base, 'compiled') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  // A test that meets text which is no JSON fails with a SyntaxError of its own.
  if (/ERR_MODULE_NOT_FOUND|ERR_INVALID_TYPESCRIPT|does not provide an export/.test(output))
    throw new Error(`${file} does not run: ${output.slice(0, 2_000)}`);
  return output;
}
