import fc from 'fast-check';

/**
 * How many times the usual number of cases property tests try. Long runs set ROLLCALL_TEST_SCALE, each tries other cases, and a
 * failure prints the seed that repeats it. Without it the cases are the same each time: then whatever fails has failed by a change.
 */
const given = process.env.ROLLCALL_TEST_SCALE;
const scale = Number(given ?? 1);
if (!(scale > 0)) throw new Error('ROLLCALL_TEST_SCALE must be a number above 0');
if (given === undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_300_110 });

/** The number of cases, where the usual one is given. */
export const scaled = (usual: number): number => Math.max(1, Math.round(usual * scale));
