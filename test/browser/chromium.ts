import { execFile } from 'node:child_process';
import { chmod, lstat, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const run = promisify(execFile);
const unpackTimeoutMs = 120_000;
const launchTimeoutMs = 60_000;

/**
 * A headless Chromium for one test file: `await using browser = await launchChromium()`.
 * On Linux x64 it is the one that `@sparticuz/chromium` carries, with its own libraries and fonts, so that nothing
 * has to be installed; elsewhere the machine's Chrome. It reaches loopback addresses and nothing else.
 */
export async function launchChromium(): Promise<Browser> {
  const bundled = process.platform === 'linux' && process.arch === 'x64';
  return bundled ? await launchBundled() : await chromium.launch({ channel: 'chrome', args: flags });
}

const flags = [
  '--disable-gpu',
  '--disable-domain-reliability',
  '--no-pings',
  '--font-render-hinting=none',
  // No page under test may depend on the outside: every name but loopback fails to resolve at once.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** Now and then this build of Chromium crashes while it starts, for no reason that a second start would have too. */
async function launchBundled(): Promise<Browser> {
  const folder = await unpackedFolder();
  return await launchIn(folder).catch(() => launchIn(folder));
}

async function launchIn(folder: string): Promise<Browser> {
  return await chromium.launch({
    executablePath: join(folder, 'chromium'),
    // Containers and root have no user namespaces for Chromium's own sandbox. It only sees pages of this repository.
    args: [...flags, '--no-sandbox'],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: folder,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
    timeout: launchTimeoutMs,
  });
}

/**
 * The folder with the unpacked browser, made once per version and user. Test files run in several processes: each
 * that finds nothing unpacks into a folder of its own, and the first to rename it into place wins.
 */
async function unpackedFolder(): Promise<string> {
  const { version, entry } = bundledPackage();
  const folder = join(tmpdir(), `rollcall-chromium-${version}-${userInfo().uid}`);
  if (await isOurs(folder)) return folder;
  const staging = await mkdtemp(`${folder}-`);
  try {
    await unpack(entry, staging);
    await writeFile(join(staging, 'fonts.conf'), fontsConfiguration(join(folder, 'fonts')));
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!(await isOurs(folder))) throw error;
  }
  return folder;
}

/** The package unpacks into `TMPDIR`, and its libraries only where it believes to be on Amazon Linux: a child process is told both. */
async function unpack(entry: string, target: string): Promise<void> {
  const script = `import chromium from ${JSON.stringify(pathToFileURL(entry).href)}; await chromium.executablePath();`;
  await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: { TMPDIR: target, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    timeout: unpackTimeoutMs,
  });
  await chmod(join(target, 'chromium'), 0o700);
}

/** A shared temporary folder lets anyone make a folder of this name: run only what this user put there. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return false;
  if (found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o022) === 0) return true;
  throw new Error(`${folder} belongs to someone else; remove it, or point TMPDIR at another folder.`);
}

function bundledPackage(): { version: string; entry: string } {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@sparticuz/chromium').replace(/cjs[\\/]index\.cjs$/, 'esm/index.js');
  const { version } = require(join(entry, '../../../package.json')) as { version: string };
  return { version, entry };
}

/** The package's own configuration looks for its fonts in fixed places of a cloud function. */
function fontsConfiguration(fonts: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${fonts}/cache</cachedir>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="strong"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;
}
