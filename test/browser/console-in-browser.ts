import { execFile } from 'node:child_process';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { type RollcallOptions, startRollcall, type TestRollcall } from '../rollcall.ts';
import { launchChromium } from './chromium.ts';

const run = promisify(execFile);
const buildConsole = fileURLToPath(new URL('../../console/build.js', import.meta.url));

/** A page of the console. What the browser complains of while it is open is kept in `complaints`. */
export type OpenedConsole = AsyncDisposable & { page: Page; context: BrowserContext; complaints: string[] };

/** What the tests of a `describe` use. It is there from its other `before` on. */
export type ConsoleInBrowser = {
  readonly rollcall: TestRollcall;
  readonly browser: Browser;
  /** Opens an address of the console with the operator key, as the link that `npm start` prints does. */
  open(path?: string, options?: BrowserContextOptions): Promise<OpenedConsole>;
};

/**
 * Rollcall with the console of the present sources, and a browser, for the tests of a `describe`:
 *
 *     const here = consoleInBrowser();
 *     before(async () => { acme = await here.rollcall.organization({ slug: 'acme' }); });
 *
 * @param options of the server; a function where they are known only when it starts
 */
export function consoleInBrowser(options: RollcallOptions | (() => Promise<RollcallOptions>) = {}): ConsoleInBrowser {
  let running: { rollcall: TestRollcall; browser: Browser; all: AsyncDisposableStack } | undefined;
  const started = () => {
    if (running === undefined) throw new Error('it is started before the tests run');
    return running;
  };
  before(async () => {
    // Costs a hash when console/dist is the build of the present sources.
    await run(process.execPath, [buildConsole, '--if-missing']);
    const known = typeof options === 'function' ? await options() : options;
    // Whatever fails, nothing of it stays open: the file would never end.
    await using starting = new AsyncDisposableStack();
    const rollcall = starting.use(await startRollcall(known));
    const browser = starting.adopt(await launchChromium(), (browser) => browser.close());
    running = { rollcall, browser, all: starting.move() };
  });
  after(() => running?.all.disposeAsync());
  // What a person would have seen says more of a failure than which element did not come.
  let lastSeen = 'nothing';
  afterEach((context) => {
    if ('passed' in context && !context.passed) context.diagnostic(`the page at the end: ${lastSeen}`);
  });
  return {
    get rollcall() {
      return started().rollcall;
    },
    get browser() {
      return started().browser;
    },
    async open(path = '/', contextOptions = {}) {
      const { rollcall, browser } = started();
      // What slides in under the pointer is not hit where it was seen: a click would begin on one thing and end on another.
      const context = await browser.newContext({
        viewport: { width: 1280, height: 1000 },
        reducedMotion: 'reduce',
        ...contextOptions,
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${rollcall.url}${path}#key=${rollcall.operatorKey}`);
      const close = async () => {
        lastSeen = await page.ariaSnapshot().catch(() => 'a page that is closed');
        await context.close();
      };
      return { page, context, complaints, [Symbol.asyncDispose]: close };
    },
  };
}

/** What a browser complains of beside answers of 4xx, which it notes by itself where a test is about a refusal. */
export const beyondRefusals = (complaints: readonly string[]) =>
  complaints.filter((each) => !each.includes('responded with a status of 4'));
