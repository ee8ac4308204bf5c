import { Text } from '@mantine/core';
import type { Reconciliation } from '../../../src/http/api/schemas/reconciliation.ts';
import { reconcile } from '../api/health.ts';
import { PlannedChange } from '../shell/PlannedChange.tsx';
import { ComparisonProgress } from './ComparisonProgress.tsx';
import { ComparisonReport } from './ComparisonReport.tsx';
import { totalOf } from './comparison-words.ts';

interface RepairDialogProps {
  slug: string;
  /** Comparisons have begun or ended. */
  repaired: () => Promise<unknown>;
  close: () => void;
}

/** Compares, shows what does not follow from what was asked, and puts exactly that right. It is mounted while it is open. */
export function RepairDialog({ slug, repaired, close }: RepairDialogProps) {
  return (
    <PlannedChange
      title="Repair what does not follow"
      noun="The repair"
      says={
        <>
          <Text size="sm">
            What is shown is put in force, as if it were asked now, with its events. What admins decided stays.
          </Text>
          <ComparisonProgress slug={slug} />
        </>
      }
      planKey={['repair-plan', slug]}
      plan={async () => {
        const found = await reconcile(slug, { repair: false, begun: repaired });
        await repaired();
        return reportIn(found);
      }}
      show={(report) =>
        totalOf(report) === 0 ? (
          <Text size="sm">There is nothing to repair by now.</Text>
        ) : (
          <ComparisonReport slug={slug} report={{ ...report, explained: [] }} />
        )
      }
      isReady={(report) => totalOf(report) > 0}
      submits="Repair"
      submit={async ({ version }) => {
        const done = await reconcile(slug, { repair: true, version, begun: repaired }).finally(repaired);
        const { refused } = reportIn(done);
        return refused.length === 0
          ? undefined
          : 'It is repaired but for what nobody could administer the organization without; the report names it.';
      }}
      looksAgain
      close={close}
    />
  );
}

function reportIn({ report, problem }: Reconciliation) {
  if (report === null) throw new Error(problem ?? 'The comparison ended with the server. Try again.');
  return report;
}
