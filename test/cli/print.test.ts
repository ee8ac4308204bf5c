import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printTable, rowCells } from '../../src/cli/print.ts';

const rows = [
  { at: '10:00', answer: 'fine', id: '0190c8a0-0000-7000-8000-000000000001' },
  { at: '10:01', answer: `refused 😀${'very much '.repeat(40)}`, id: '0190c8a0-0000-7000-8000-000000000002' },
];

function printed(width: number | undefined): string[] {
  let said = '';
  const out = (text: string): void => {
    said += text;
  };
  printTable(
    rows,
    [
      ['at', (row) => row.at],
      ['answer', (row) => row.answer],
      ['id', (row) => row.id],
    ],
    'None.',
    { env: {}, out, err: out, isTerminal: width !== undefined, width },
  );
  return said.trimEnd().split('\n');
}

test('on a terminal a long cell is cut to the line, and the id beside it stays whole', () => {
  const lines = printed(80);
  assert.ok(lines.every((line) => line.length <= 80));
  assert.match(
    lines[2] ?? '',
    /^10:01 {2}refused 😀very much very much very… {2}0190c8a0-0000-7000-8000-000000000002$/u,
  );
  assert.equal(lines[1]?.indexOf('0190c8a0'), lines[2]?.indexOf('0190c8a0'));
});

test('a narrower terminal leaves some of each cell', () => {
  assert.match(printed(20)[2] ?? '', /^10:01 {2}refused… {2}0190c8a0-0000-7000-8000-000000000002$/);
});

test('a table that fits, and one that no terminal shows, are whole', () => {
  assert.deepEqual(printed(1_000), printed(undefined));
  assert.ok((printed(undefined)[2]?.length ?? 0) > 400);
});

test('what a cell holds from outside moves no cursor and turns no text beside it', () => {
  assert.deepEqual(rowCells({ name: 'Evil\u202egpj\u2066\u001b[2J\u009b' }, [['name', (row) => row.name]]), [
    'Evil\uFFFDgpj\uFFFD\uFFFD[2J\uFFFD',
  ]);
});
