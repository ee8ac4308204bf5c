import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { Scrolled } from './Scrolled.tsx';

/** A column of a table: its heading, and what it shows of a row. */
export interface Column<Row> {
  heading: string;
  show: (row: Row) => ReactNode;
  /** `name` says what the row is about; numbers and buttons stand on the right, and buttons have a heading that is only read aloud. */
  kind?: 'name' | 'number' | 'actions';
  /** Wide cells break their text at this width, in pixels. */
  widthMax?: number;
}

interface ListTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  /** Below this width it scrolls, in pixels. */
  widthMin: number;
  /** Above this height it scrolls too, in pixels; without it the page does. */
  heightMax?: number;
  /** Inside of something that scrolls already. */
  isScrolled?: boolean;
}

/** Rows under headings. A table that is wider than the window scrolls by itself, and not the page. */
export function ListTable<Row>(props: ListTableProps<Row>) {
  const { label, columns, rows, keyOf, widthMin, heightMax, isScrolled = false } = props;
  const table = (
    <Table miw={widthMin} verticalSpacing="xs" aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ heading, kind }) =>
            kind === 'actions' ? (
              <Table.Th key={heading} scope="col" aria-label={heading} />
            ) : (
              <Table.Th key={heading} scope="col" ta={kind === 'number' ? 'right' : 'left'}>
                {heading}
              </Table.Th>
            ),
          )}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOf(row)}>
            {columns.map(({ heading, show, kind, widthMax }) =>
              kind === 'name' ? (
                <Table.Th
                  key={heading}
                  scope="row"
                  fw={600}
                  maw={widthMax}
                  style={widthMax === undefined ? {} : breaks}
                >
                  {show(row)}
                </Table.Th>
              ) : (
                <Table.Td
                  key={heading}
                  ta={kind === undefined ? 'left' : 'right'}
                  maw={widthMax}
                  style={widthMax === undefined ? {} : breaks}
                >
                  {show(row)}
                </Table.Td>
              ),
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  if (isScrolled) return table;
  return (
    <Scrolled label={label} {...(heightMax === undefined ? {} : { heightMax })}>
      {table}
    </Scrolled>
  );
}

const breaks = { overflowWrap: 'anywhere' } as const;
