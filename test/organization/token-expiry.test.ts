import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expiryAlertDue } from '../../src/organization/token-expiry.ts';

const day = (days: number) => new Date(Date.UTC(2030, 0, 1) + days * 86_400_000);

/** The alerts of a token, as the days from its creation on which each was given, looked at every six hours. */
function alerts(lifetimeDays: number, missedUntil = 0): [at: number, days: number][] {
  const given: [number, number][] = [];
  let alertedDays: number | undefined;
  for (let at = missedUntil; at <= lifetimeDays + 2; at += 0.25) {
    const due = expiryAlertDue({ createdAt: day(0), expiresAt: day(lifetimeDays), alertedDays }, day(at));
    if (due === undefined) continue;
    alertedDays = due;
    given.push([at, due]);
  }
  return given;
}

test('a token that expires is told of 30, 14, 7 days and 1 day before, each once', () => {
  assert.deepEqual(alerts(365), [
    [335, 30],
    [351, 14],
    [358, 7],
    [364, 1],
  ]);
});

test('an alert that would have come before the token was made is left out', () => {
  assert.deepEqual(alerts(10), [
    [3, 7],
    [9, 1],
  ]);
  assert.deepEqual(alerts(0.5), []);
});

test('of several alerts that were missed the most urgent one is given, and none after the expiry', () => {
  assert.deepEqual(alerts(365, 359), [
    [359, 7],
    [364, 1],
  ]);
  assert.deepEqual(alerts(365, 366), []);
});
