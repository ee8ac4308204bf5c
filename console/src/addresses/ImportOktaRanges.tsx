import { Anchor, FileInput, Text } from '@mantine/core';
import { useState } from 'react';
import { importOktaRanges } from '../api/addresses.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';

/** A file of Okta's ranges, with the names of the cells in it; or what is wrong with it. */
type Chosen = { file: File } & ({ document: Record<string, unknown>; cells: string[] } | { problem: string });

const everyCell = '*';

/** Allows the ranges that Okta publishes, in the place of those imported before. */
export function ImportOktaRanges({ slug, saved, close }: Editing & { slug: string }) {
  const [chosen, setChosen] = useState<Chosen>();
  const [cell, setCell] = useState('');
  const choose = async (file: File | null) => {
    setCell('');
    setChosen(file === null ? undefined : await read(file));
  };
  const found = chosen !== undefined && 'document' in chosen ? chosen : undefined;
  const submit = async () => {
    if (found === undefined) return;
    await importOktaRanges(slug, { document: found.document, cells: cell === everyCell ? [] : [cell] });
  };
  return (
    <EditDialog
      title="Import the ranges of Okta"
      submits="Import"
      isComplete={found !== undefined && cell !== ''}
      submit={submit}
      saved={saved}
      close={close}
    >
      <Text size="sm">
        Okta publishes the addresses that it calls from as{' '}
        <Anchor
          href="https://s3.amazonaws.com/okta-ip-ranges/ip_ranges.json"
          target="_blank"
          rel="noreferrer"
          size="sm"
        >
          ip_ranges.json
        </Anchor>
        . Download the file and choose it here. Its ranges are allowed in the place of those that were imported before,
        and what admins listed stays.
      </Text>
      <FileInput
        label="File"
        placeholder="ip_ranges.json"
        accept="application/json,.json"
        value={chosen?.file ?? null}
        onChange={choose}
        error={chosen !== undefined && 'problem' in chosen ? chosen.problem : undefined}
        clearable
      />
      {found !== undefined && (
        <ChoiceField
          label="Cell"
          description="The one of your Okta organization; the address of the Admin Console shows it"
          value={cell}
          choose={setCell}
          choices={[
            { value: '', label: 'Choose a cell' },
            ...found.cells.map((name) => ({ value: name, label: name })),
            { value: everyCell, label: 'All of them' },
          ]}
        />
      )}
    </EditDialog>
  );
}

async function read(file: File): Promise<Chosen> {
  const document: unknown = await file
    .text()
    .then(JSON.parse)
    .catch(() => undefined);
  const cells = typeof document === 'object' && document !== null ? Object.entries(document) : [];
  const hasRanges = ([, cell]: [string, { ip_ranges?: unknown } | null]) => Array.isArray(cell?.ip_ranges);
  if (cells.length === 0 || !cells.every(hasRanges)) {
    return { file, problem: 'This is not the file ip_ranges.json that Okta publishes.' };
  }
  return { file, document: document as Record<string, unknown>, cells: cells.map(([name]) => name).sort() };
}
