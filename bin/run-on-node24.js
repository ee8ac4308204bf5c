// Plain JavaScript for whatever Node runs it: Rollcall's TypeScript needs Node 24 or newer, which comes with npm as an
// optional dependency, so that an older Node on the machine is enough to begin with.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const majorNeeded = 24;
/**
 * Megabytes of each half of V8's young generation. Requests leave much garbage and nothing lives long, so a small one is swept
 * more often, and the process keeps half the memory. V8 takes it at its start only, so package.json names it too.
 */
const youngGeneration = '--max-semi-space-size=8';
const parentCheckMs = 250;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Where Node keeps the compiled program, types stripped, for the next start: nobody else writes there. */
const compileCache = path.join(root, 'node_modules', '.cache', 'node');

/**
 * Runs a TypeScript file of this repository as the program: in this process if its Node is new enough, else in a child.
 * @param {string} file relative to the repository's root
 * @returns {Promise<void>}
 */
export async function runFile(file) {
  const entry = path.join(root, file);
  if (isNewEnough(process.versions.node)) {
    whenNpmIsGone(() => process.kill(process.pid, 'SIGTERM'));
    module.enableCompileCache?.(compileCache);
    await import(pathToFileURL(entry).href).catch(sayWhatToInstall);
  } else {
    runOnNode24([entry, ...process.argv.slice(2)], { lifeline: true });
  }
}

/**
 * Ends the process where the packages are not installed, and throws anything else.
 * @param {Error & { code?: string }} error
 * @returns {never}
 */
function sayWhatToInstall(error) {
  const [, name = ''] = /^Cannot find package '([^']+)'/.exec(error.message) ?? [];
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !Object.hasOwn(dependencies, name)) throw error;
  console.error(`Rollcall needs the npm package ${name}, which is not installed: run npm ci in ${root}.`);
  process.exit(1);
}

/**
 * Runs Node 24 with these arguments in a child: standard streams are shared, signals are passed on, and this process
 * exits as the child does. With `lifeline` the child holds an IPC channel to this process, and so learns (event
 * `disconnect`) that it was killed: a signal that cannot be caught cannot be passed on either.
 * @param {string[]} args
 * @param {{ lifeline?: boolean }} [options]
 * @returns {void}
 */
export function runOnNode24(args, options = {}) {
  const node = findNode24();
  if (node === undefined) {
    console.error(
      `Rollcall needs Node ${majorNeeded} or newer: this is ${process.versions.node}, and the npm package that carries it for ` +
        `${process.platform}-${process.arch} is not installed (run npm ci without --omit=optional, or install Node ${majorNeeded}).`,
    );
    process.exit(1);
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', youngGeneration, ...args], {
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
    stdio: options.lifeline ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  whenNpmIsGone(() => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`Rollcall could not run ${node}: ${error.message}.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (os.constants.signals[signal] ?? 0));
  });
}

/**
 * npm passes a signal on to the shell in which it runs a script, and the shell ends without passing it on to us; when npm
 * is killed, not even the shell learns of it. What can be seen is that we, or the shell, have another parent.
 * @param {() => void} stop
 * @returns {void}
 */
function whenNpmIsGone(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parents = () => `${process.ppid} ${parentOfShell(process.ppid)}`;
  const atStart = parents();
  const timer = setInterval(() => {
    if (parents() === atStart) return;
    clearInterval(timer);
    stop();
  }, parentCheckMs);
  timer.unref();
}

/** @param {number} pid @returns {string | undefined} the parent of a process that is a shell, where /proc tells */
function parentOfShell(pid) {
  try {
    const [, parent] = /^\d+ \((?:ba|da|a)?sh\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return parent;
  } catch {
    return undefined;
  }
}

/** @returns {string | undefined} the path of a Node that is new enough: this one, the packaged one, or the one npm linked */
function findNode24() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  return packagedNode() ?? linkedNode();
}

/** The optional dependencies are named by platform; npm installs the one that fits, here or in a folder above. */
function packagedNode() {
  const require = createRequire(import.meta.url);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const manifestPath = require.resolve(`${name}/package.json`);
      const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
      const bin = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin?.node;
      const node = path.join(path.dirname(manifestPath), bin ?? 'bin/node');
      if (isNewEnough(manifest.version) && existsSync(node)) return node;
    } catch {
      // not installed under this name
    }
  }
  return undefined;
}

function linkedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = root; ; folder = path.dirname(folder)) {
    const node = path.join(folder, 'node_modules', '.bin', name);
    if (existsSync(node)) {
      const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '';
      if (isNewEnough(version.replace(/^v/, ''))) return node;
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** @param {string} version such as 24.1.0 */
function isNewEnough(version) {
  return Number.parseInt(version, 10) >= majorNeeded;
}
