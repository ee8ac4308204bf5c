import { Badge, Button, Group, Skeleton, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AddressList } from '../../../src/http/api/schemas/addresses.ts';
import { saveAddresses, type TaggedAddresses } from '../api/addresses.ts';
import { addressesQuery } from '../api/queries.ts';
import { ActionButton } from '../shell/ActionButton.tsx';
import { Failure } from '../shell/Failure.tsx';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { RowActions } from '../shell/RowActions.tsx';
import { Section } from '../shell/Section.tsx';
import { AddRanges } from './AddRanges.tsx';
import { ApplyTo } from './ApplyTo.tsx';
import { ImportOktaRanges } from './ImportOktaRanges.tsx';
import { appliesToText } from './words.ts';

/** From which addresses requests may come: ranges that are allowed and denied, and for whom they hold. */
export function Addresses({ slug }: { slug: string }) {
  const { data, error, refetch } = useQuery(addressesQuery(slug));
  if (data === undefined) {
    return error === null ? (
      <Skeleton height={80} aria-label="Loading the addresses" />
    ) : (
      <Failure title="The addresses cannot be read" error={error} retry={refetch} />
    );
  }
  return (
    <>
      {error !== null && <Failure title="The addresses cannot be brought up to date" error={error} retry={refetch} />}
      <Lists slug={slug} {...data} />
    </>
  );
}

const lists = ['allow', 'deny'] as const;

/** The lists without one range. */
const without = (list: AddressList, range: string): AddressList => ({
  ...list,
  allow: list.allow.filter((entry) => entry.range !== range),
  deny: list.deny.filter((entry) => entry.range !== range),
});

function Lists({ slug, list, tag }: { slug: string } & TaggedAddresses) {
  const [dialog, setDialog] = useState<'add' | 'apply' | 'import'>();
  const client = useQueryClient();
  const { queryKey } = addressesQuery(slug);
  const rows = lists.flatMap((effect) => list[effect].map((entry) => ({ ...entry, effect })));
  const columns: Column<(typeof rows)[number]>[] = [
    {
      heading: 'Range',
      kind: 'name',
      show: ({ range }) => (
        <Text span size="sm" ff="monospace">
          {range}
        </Text>
      ),
    },
    {
      heading: 'List',
      show: ({ effect }) => (
        <Badge variant="light" tt="none" color={effect === 'allow' ? 'green' : 'red'}>
          {effect === 'allow' ? 'Allowed' : 'Denied'}
        </Badge>
      ),
    },
    {
      heading: 'Note',
      show: ({ note, source }) => (
        <>
          {note}
          {source === 'okta' && (
            <Text size="xs" c="dimmed">
              published by Okta
            </Text>
          )}
        </>
      ),
    },
    {
      heading: 'Actions',
      kind: 'actions',
      show: ({ range }) => (
        <RowActions>
          <ActionButton
            text="Remove"
            label={`Remove ${range}`}
            act={() => saveAddresses(slug, without(list, range), tag)}
            refresh={[queryKey]}
          />
        </RowActions>
      ),
    },
  ];
  const edit = {
    list,
    save: async (wanted: AddressList) => {
      await saveAddresses(slug, wanted, tag);
      await client.invalidateQueries({ queryKey });
    },
    close: () => setDialog(undefined),
  };
  return (
    <Section
      title="Addresses"
      says={saysOf(list)}
      action={
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => setDialog('apply')}>
            Change for whom
          </Button>
          <Button size="xs" variant="default" onClick={() => setDialog('import')}>
            Import from Okta
          </Button>
          <Button size="xs" onClick={() => setDialog('add')}>
            Add ranges
          </Button>
        </Group>
      }
    >
      {rows.length > 0 && (
        <ListTable
          label="Addresses"
          columns={columns}
          rows={rows}
          keyOf={({ range }) => range}
          widthMin={560}
          isScrolled
        />
      )}
      {dialog === 'add' && <AddRanges slug={slug} {...edit} />}
      {dialog === 'import' && (
        <ImportOktaRanges slug={slug} saved={() => client.invalidateQueries({ queryKey })} close={edit.close} />
      )}
      {dialog === 'apply' && <ApplyTo slug={slug} {...edit} />}
    </Section>
  );
}

function saysOf({ allow, deny, appliesTo }: AddressList): string {
  if (allow.length + deny.length === 0) return 'Requests may come from everywhere: no range is allowed or denied.';
  const rest = allow.length === 0 ? 'Everything else comes in.' : 'Everything else stays out.';
  return `They hold for ${appliesToText(appliesTo)}. Of the ranges that hold an address the narrowest decides. ${rest}`;
}
