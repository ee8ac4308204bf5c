import { Radio, Stack } from '@mantine/core';
import { useState } from 'react';
import type { AddressList } from '../../../src/http/api/schemas/addresses.ts';
import { EditDialog } from '../shell/EditDialog.tsx';
import { LastUsed } from './LastUsed.tsx';
import { appliesTo } from './words.ts';

interface ApplyToProps {
  slug: string;
  list: AddressList;
  save: (wanted: AddressList) => Promise<void>;
  close: () => void;
}

/** Says for whom the lists hold. Whoever would shut out the address they come from is refused by the server. */
export function ApplyTo({ slug, list, save, close }: ApplyToProps) {
  const [to, setTo] = useState(list.appliesTo);
  return (
    <EditDialog
      title="For whom the lists of addresses hold"
      submits="Save"
      isComplete={to !== list.appliesTo}
      submit={() => save({ ...list, appliesTo: to })}
      close={close}
    >
      <Radio.Group aria-label="For whom" value={to} onChange={(value) => setTo(value as AddressList['appliesTo'])}>
        <Stack gap="sm">
          {Object.entries(appliesTo).map(([value, { label, description }]) => (
            <Radio key={value} value={value} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
      <LastUsed slug={slug} appliesTo={to} />
    </EditDialog>
  );
}
