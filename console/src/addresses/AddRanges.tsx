import { TextInput } from '@mantine/core';
import { useState } from 'react';
import type { AddressList } from '../../../src/http/api/schemas/addresses.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
import { EditDialog } from '../shell/EditDialog.tsx';
import { LastUsed } from './LastUsed.tsx';
import { RangesField, rangesOf } from './RangesField.tsx';

interface AddRangesProps {
  slug: string;
  list: AddressList;
  save: (wanted: AddressList) => Promise<void>;
  close: () => void;
}

/** Puts ranges into one of the lists. */
export function AddRanges({ slug, list, save, close }: AddRangesProps) {
  const [ranges, setRanges] = useState('');
  const [effect, setEffect] = useState<'allow' | 'deny'>('allow');
  const [note, setNote] = useState('');
  const submit = async () => {
    const text = note.trim();
    const added = rangesOf(ranges).map((range) => ({ range, note: text === '' ? null : text, source: null }));
    await save({ ...list, [effect]: [...list[effect], ...added] });
  };
  return (
    <EditDialog
      title="Add ranges of addresses"
      submits="Add the ranges"
      isComplete={rangesOf(ranges).length > 0}
      submit={submit}
      fields={lists}
      close={close}
    >
      {(errors) => (
        <>
          <RangesField
            label="Ranges"
            description="One a line"
            value={ranges}
            change={setRanges}
            error={errors.allow ?? errors.deny}
            autoFocus
          />
          <ChoiceField
            label="List"
            description="With one allowed range, everything that no range holds stays out"
            value={effect}
            choose={(value) => setEffect(value === 'deny' ? 'deny' : 'allow')}
            choices={[
              { value: 'allow', label: 'Allowed' },
              { value: 'deny', label: 'Denied' },
            ]}
          />
          <TextInput
            label="Note"
            placeholder="the office"
            maxLength={200}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <LastUsed slug={slug} appliesTo={list.appliesTo} />
        </>
      )}
    </EditDialog>
  );
}

const lists = ['allow', 'deny'];
