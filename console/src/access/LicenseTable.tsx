import { Button, Progress, Text } from '@mantine/core';
import type { LicenseList, LicenseType } from '../../../src/http/api/schemas/access.ts';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { Section } from '../shell/Section.tsx';
import { sourceText } from './words.ts';

/** Seats of each license: those taken, those there are, and how many people wait for one. */
export function LicenseTable({ licenses, edit }: { licenses: LicenseList; edit: (license: string) => void }) {
  const byDefault = licenses.byDefault === null ? 'none' : licenses.byDefault;
  const columns: Column<LicenseType>[] = [
    { heading: 'License', kind: 'name', show: ({ license }) => license },
    {
      heading: 'Seats taken',
      kind: 'number',
      show: ({ used, seats }) =>
        `${used.toLocaleString('en')} of ${seats === null ? 'any number' : seats.toLocaleString('en')}`,
    },
    { heading: 'Share', show: (license) => <Share {...license} /> },
    { heading: 'Waiting', kind: 'number', show: ({ waiting }) => waiting.toLocaleString('en') },
    {
      heading: 'Actions',
      kind: 'actions',
      show: ({ license }) => (
        <Button size="compact-xs" variant="default" onClick={() => edit(license)}>
          Change seats
        </Button>
      ),
    },
  ];
  return (
    <Section
      title="Licenses"
      says={`Source: ${sourceText(licenses.source)}. Without a rule: ${byDefault}. Of several, the upper one wins.`}
    >
      <ListTable
        label="Licenses"
        columns={columns}
        rows={licenses.items}
        keyOf={({ license }) => license}
        widthMin={560}
        isScrolled
      />
    </Section>
  );
}

function Share({ license, seats, used }: LicenseType) {
  if (seats === null || seats === 0) {
    return (
      <Text size="sm" c="dimmed">
        {seats === 0 ? 'Not in this organization' : 'No limit'}
      </Text>
    );
  }
  return (
    <Progress
      w={200}
      value={(100 * used) / seats}
      color={used >= seats ? 'orange' : 'slate'}
      aria-label={`Seats of ${license} that are taken`}
    />
  );
}
