import type { AccessMade } from './change-access.ts';
import { isMembership } from './membership-events.ts';

/** That teams lose people by who has a license, which no change of settings, seats or mappings says by itself, in words. */
export function warnOfLeaving({ changes }: Pick<AccessMade, 'changes'>): string[] {
  const leaving = changes.filter(isMembership).filter(({ from, to }) => from === true && !to);
  if (leaving.length === 0) return [];
  const people = new Set(leaving.map(({ memberId }) => memberId)).size;
  return [
    `Whoever has no license is in no team: ${people === 1 ? 'one person is' : `${people} people are`} taken out of ` +
      `${leaving.length === 1 ? 'one team' : `their teams, ${leaving.length} memberships in all`}, until they have one.`,
  ];
}
