import type { ListedReconciliation, ReconciliationReport } from '../../../src/http/api/schemas/reconciliation.ts';

type Findings = NonNullable<ListedReconciliation['report']>;

/** How many things do not follow from what was asked. */
export const totalOf = ({ drift }: Pick<Findings, 'drift'>): number =>
  Object.values(drift).reduce((sum, count) => sum + count, 0);

/** Whether something is left that a repair could put right. */
export const isLeft = (report: Pick<Findings, 'drift' | 'repaired' | 'refused'>): boolean =>
  report.repaired ? report.refused.length > 0 : totalOf(report) > 0;

/** What came of a comparison, in a few words. */
export function foundText(report: Findings | ReconciliationReport): string {
  const total = totalOf(report);
  if (total === 0) return 'nothing to repair';
  const things = `${total.toLocaleString('en')} ${total === 1 ? 'thing' : 'things'}`;
  if (!report.repaired) {
    const [does, is] = total === 1 ? ['does', 'is'] : ['do', 'are'];
    return `${things} ${does} not follow from what was asked and ${is} not repaired`;
  }
  const { length } = report.refused;
  const kept = length === 0 ? '' : `, but for ${length.toLocaleString('en')}`;
  return `${things} did not follow from what was asked and ${total === 1 ? 'was' : 'were'} repaired${kept}`;
}

/** How many of what differ: "3 memberships". */
export const differs = ({ of, count }: Findings['explained'][number]): string =>
  `${count.toLocaleString('en')} ${count === 1 ? nouns[of][0] : nouns[of][1]}`;

const nouns = {
  members: ['person', 'people'],
  teams: ['team', 'teams'],
  memberships: ['membership', 'memberships'],
} as const;

/** Where an admin decides about a difference. */
export function wayOutOf(rule: string) {
  if (rule === 'no-seat') return { to: '/organizations/$slug/access', says: 'Give it more seats' } as const;
  if (rule === 'link-undecided') return { to: '/organizations/$slug', says: 'Decide about the team' } as const;
  return { to: '/organizations/$slug/provisioning', says: 'Look at what is held' } as const;
}
