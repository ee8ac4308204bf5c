import { Text } from '@mantine/core';
import type { Plan } from '../../../src/http/api/schemas/plan.ts';
import { ListTable } from '../shell/ListTable.tsx';
import { factText } from './words.ts';

interface PlannedItemsProps {
  label: string;
  items: Plan['items'];
  headings?: readonly [before: string, after: string];
}

/** Things that change: of whom, what and why, from what to what. */
export function PlannedItems({ label, items, headings: [before, after] = ['Now', 'Then'] }: PlannedItemsProps) {
  return (
    <ListTable
      label={label}
      widthMin={560}
      heightMax={340}
      rows={items}
      keyOf={({ kind, id, team, from, to, because }) => `${kind} ${id} ${team?.id} ${from} ${to} ${because}`}
      columns={[
        { heading: 'Of', kind: 'name', show: ({ name }) => name },
        {
          heading: 'What',
          show: (item) => (
            <>
              {factText(item)}
              <Text size="xs" c="dimmed">
                {item.because}
              </Text>
              {item.kind === 'held.discarded' && (
                <Text size="xs" c="orange.9" fw={500}>
                  Would have become: {item.to ?? 'none'}
                </Text>
              )}
              {item.refusal !== undefined && (
                <Text size="xs" c="orange.9" fw={500}>
                  Stays held: {item.refusal}
                </Text>
              )}
            </>
          ),
        },
        { heading: before, show: ({ from }) => from ?? 'none' },
        {
          heading: after,
          show: ({ kind, from, to, refusal }) =>
            (refusal === undefined && kind !== 'held.discarded' ? to : from) ?? 'none',
        },
      ]}
    />
  );
}
