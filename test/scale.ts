/**
 * How many times the usual number of cases property tests try. Long runs set ROLLCALL_TEST_SCALE; a failure prints the seed
 * that repeats it.
 */
const scale = Number(process.env.ROLLCALL_TEST_SCALE ?? 1);
if (!(scale > 0)) throw new Error('ROLLCALL_TEST_SCALE must be a number above 0');

/** The number of cases, where the usual one is given. */
export const scaled = (usual: number): number => Math.max(1, Math.round(usual * scale));
