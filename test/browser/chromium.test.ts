import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchChromium } from './chromium.ts';

test('Chromium runs a page in two contexts one after the other', async () => {
  await using browser = await launchChromium();
  for (const word of ['first', 'second']) {
    await using context = await browser.newContext();
    const page = await context.newPage();
    await page.setContent(`<h1>${word}</h1>`);
    assert.equal(await page.getByRole('heading').textContent(), word);
  }
});

test('Chromium resolves no name but loopback', async () => {
  await using browser = await launchChromium();
  const page = await browser.newPage();
  await assert.rejects(page.goto('http://rollcall.example/'), /ERR_NAME_NOT_RESOLVED/);
});
