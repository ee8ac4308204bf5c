import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** Facts about one thing, each with its name before it. */
export function FactTable({ facts, label }: { facts: readonly (readonly [string, ReactNode])[]; label?: string }) {
  return (
    <Table variant="vertical" layout="fixed" withTableBorder aria-label={label}>
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={110}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
