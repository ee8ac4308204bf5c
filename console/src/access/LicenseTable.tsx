import { Button, Progress, Table, Text } from '@mantine/core';
import type { LicenseList } from '../../../src/http/api/schemas/access.ts';
import { Section } from './Section.tsx';
import { sourceText } from './words.ts';

/** Seats of each license: those taken, those there are, and how many people wait for one. */
export function LicenseTable({ licenses, edit }: { licenses: LicenseList; edit: (license: string) => void }) {
  const byDefault = licenses.byDefault === null ? 'none' : licenses.byDefault;
  return (
    <Section
      title="Licenses"
      says={`Source: ${sourceText(licenses.source)}. Without a rule: ${byDefault}. Of several, the upper one wins.`}
    >
      <Table miw={560} verticalSpacing="xs" aria-label="Licenses">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">License</Table.Th>
            <Table.Th scope="col" ta="right" w={160}>
              Seats taken
            </Table.Th>
            <Table.Th scope="col" w={220}>
              Share
            </Table.Th>
            <Table.Th scope="col" ta="right" w={120}>
              Waiting
            </Table.Th>
            <Table.Th scope="col" aria-label="Change" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {licenses.items.map(({ license, seats, used, waiting }) => (
            <Table.Tr key={license}>
              <Table.Th scope="row" fw={600}>
                {license}
              </Table.Th>
              <Table.Td ta="right">
                {used.toLocaleString('en')} of {seats === null ? 'any number' : seats.toLocaleString('en')}
              </Table.Td>
              <Table.Td>
                {seats === null || seats === 0 ? (
                  <Text size="sm" c="dimmed">
                    {seats === 0 ? 'Not in this organization' : 'No limit'}
                  </Text>
                ) : (
                  <Progress
                    value={(100 * used) / seats}
                    color={used >= seats ? 'orange' : 'slate'}
                    aria-label={`Seats of ${license} that are taken`}
                  />
                )}
              </Table.Td>
              <Table.Td ta="right">{waiting.toLocaleString('en')}</Table.Td>
              <Table.Td ta="right">
                <Button size="compact-xs" variant="subtle" onClick={() => edit(license)}>
                  Change seats
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}
