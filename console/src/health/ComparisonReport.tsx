import { Alert, Stack, Text, Title } from '@mantine/core';
import type { ReconciliationReport } from '../../../src/http/api/schemas/reconciliation.ts';
import { PlannedItems } from '../provisioning/PlannedItems.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { differs, foundText, totalOf, wayOutOf } from './comparison-words.ts';

/** What a comparison found: what does not follow from what was asked, and the differences that have a reason. */
export function ComparisonReport({ slug, report }: { slug: string; report: ReconciliationReport }) {
  const { compared, explained, drift, items, repaired, refused } = report;
  const total = totalOf(report);
  const { count = 0 } = drift;
  const names = new Map(items.map(({ id, name }) => [id, name]));
  const done = items.filter(({ id }) => !refused.includes(id));
  return (
    <Stack gap="md">
      <Text size="sm">
        {compared.members.toLocaleString('en')} {compared.members === 1 ? 'person' : 'people'} and{' '}
        {compared.memberships.toLocaleString('en')} {compared.memberships === 1 ? 'membership' : 'memberships'}:{' '}
        {total > 0
          ? `${foundText(report)}.`
          : explained.length === 0
            ? 'nothing differs. All that was asked is in force, and nothing else is.'
            : 'what is in force follows from what was asked and from what admins decided.'}
      </Text>
      {refused.length > 0 && (
        <Alert color="orange" variant="light" title="This stays as it is">
          {refused
            .map((id) => (id === 'counts' ? 'numbers of seats or administrators' : (names.get(id) ?? id)))
            .join(', ')}
          : without it nobody would administer the organization, or there would not be enough seats. Make another active
          member an owner or admin, or give the license more seats, then repair.
        </Alert>
      )}
      {done.length > 0 && (
        <Stack gap="xs">
          <Title order={3} size="h6">
            {repaired ? 'Repaired' : 'Does not follow from what was asked'}
          </Title>
          <PlannedItems
            label="What does not follow"
            items={done}
            headings={repaired ? ['Was', 'Is'] : ['In force', 'To be']}
          />
        </Stack>
      )}
      {total > items.length && (
        <Text size="xs" c="dimmed">
          {[
            ...(count === 0
              ? []
              : [
                  `${count.toLocaleString('en')} ${count === 1 ? 'number' : 'numbers'} of people, teams, administrators or seats that the rows do not bear out.`,
                ]),
            ...(total - count > items.length ? [`The first ${items.length.toLocaleString('en')} are shown.`] : []),
          ].join(' ')}
        </Text>
      )}
      {explained.length > 0 && (
        <Stack gap="xs">
          <Title order={3} size="h6">
            Differs, with a reason
          </Title>
          <ListTable
            label="Differs, with a reason"
            widthMin={480}
            rows={explained}
            keyOf={({ of, rule }) => `${of} ${rule}`}
            columns={[
              { heading: 'What', kind: 'name', show: (each) => differs(each) },
              { heading: 'Because', show: ({ because }) => because },
              {
                heading: 'Waits for you',
                show: ({ rule, waitsForAdmin }) => {
                  if (!waitsForAdmin) return 'no';
                  const { to, says } = wayOutOf(rule);
                  return (
                    <PageLink to={to} params={{ slug }} size="sm">
                      {says}
                    </PageLink>
                  );
                },
              },
            ]}
          />
        </Stack>
      )}
    </Stack>
  );
}
