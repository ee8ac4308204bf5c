import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Builds the console into console/dist: `node console/build.js [--if-missing]`.
 * With `--if-missing`, only when there is no build of the present sources; then it says nothing and costs a hash.
 * Written for the oldest Node that `npm ci` may meet (20): plain JavaScript, no type stripping.
 */

const consoleFolder = dirname(fileURLToPath(import.meta.url));
const dist = join(consoleFolder, 'dist');
const hashFile = join(dist, 'sources.sha256');
const onlyIfMissing = process.argv.includes('--if-missing');
const unwritable = new Set(['EACCES', 'EPERM', 'EROFS']);

const sources = await hashOfSources();
if (!onlyIfMissing || (await builtSources()) !== sources) {
  process.exitCode = await buildOrExplain();
}

/** @returns {Promise<number>} the exit code: 0 also when a build that was only wanted cannot be had here */
async function buildOrExplain() {
  const vite = await import('vite').catch(absent);
  const react = await import('@vitejs/plugin-react').catch(absent);
  if (vite === undefined || react === undefined) {
    return giveUp('vite is not installed here', 'npm ci --include=dev');
  }
  try {
    await build(vite);
    return 0;
  } catch (error) {
    if (unwritable.has(error.code)) {
      return giveUp(`this account may not write to ${dist}`, 'npm run build:console, as the owner of that folder');
    }
    console.error(error.message);
    return 1;
  }
}

function giveUp(cause, wayOut) {
  console.error(
    existsSync(join(dist, 'index.html'))
      ? `The console in console/dist was built from other sources and is used as it is, because ${cause}. To build it again: ${wayOut}`
      : `The console cannot be built, because ${cause}; Rollcall runs without its console. To build it: ${wayOut}`,
  );
  return onlyIfMissing ? 0 : 1;
}

/** A missing package is expected in an installation without development dependencies; any other failure is not. */
function absent(error) {
  if (error?.code === 'ERR_MODULE_NOT_FOUND') return undefined;
  throw error;
}

/**
 * Builds beside the present files and moves the new ones in, the page last: a server that runs meanwhile always has
 * a page whose scripts exist, and two builds at once end with one of them whole.
 */
async function build(vite) {
  console.error('Building the console (console/dist) …');
  await mkdir(join(dist, 'assets'), { recursive: true });
  const fresh = await mkdtemp(join(dist, '.building-'));
  try {
    await vite.build({
      root: consoleFolder,
      configFile: join(consoleFolder, 'vite.config.js'),
      logLevel: 'warn',
      build: { outDir: fresh, emptyOutDir: true },
    });
    const earlier = await readdir(join(dist, 'assets'));
    const assets = await readdir(join(fresh, 'assets'));
    for (const name of assets) await rename(join(fresh, 'assets', name), join(dist, 'assets', name));
    for (const name of ['favicon.svg', 'index.html']) await rename(join(fresh, name), join(dist, name));
    await writeFile(hashFile, sources);
    for (const name of earlier.filter((name) => !assets.includes(name))) {
      await rm(join(dist, 'assets', name), { force: true });
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Everything that decides what the build holds: the console's own files and the versions of its packages. */
async function hashOfSources() {
  const files = (await readdir(consoleFolder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(consoleFolder, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((path) => !/^(dist|node_modules)[\\/]/.test(path))
    .sort();
  const hash = createHash('sha256');
  for (const path of [...files, join('..', 'package-lock.json')]) {
    const content = await readFile(join(consoleFolder, path)).catch(() => '');
    hash.update(`${path.replaceAll('\\', '/')}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

async function builtSources() {
  if (!existsSync(join(dist, 'index.html'))) return undefined;
  return await readFile(hashFile, 'utf8').catch(() => undefined);
}
