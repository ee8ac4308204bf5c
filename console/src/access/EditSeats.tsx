import { Checkbox, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { setSeats } from '../api/access.ts';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';

interface EditSeatsProps extends Editing {
  slug: string;
  license: string;
  /** Null is any number. */
  seats: number | null;
}

/** Sets how many seats of a license there are. Those that become free go to whoever waits. */
export function EditSeats({ slug, license, seats, saved, close }: EditSeatsProps) {
  const [isUnlimited, setUnlimited] = useState(seats === null);
  const [number, setNumber] = useState<number | string>(seats ?? '');
  const submit = () => setSeats(slug, license, isUnlimited ? null : Number(number));
  return (
    <EditDialog
      title={`Seats of ${license}`}
      submits="Save the seats"
      isComplete={isUnlimited || typeof number === 'number'}
      submit={submit}
      saved={saved}
      close={close}
    >
      <Checkbox
        label="Any number"
        checked={isUnlimited}
        onChange={(event) => setUnlimited(event.currentTarget.checked)}
      />
      <NumberInput
        label="Seats"
        description="0 is a license that the organization does not have; fewer than are taken are refused"
        min={0}
        allowDecimal={false}
        disabled={isUnlimited}
        value={number}
        onChange={setNumber}
        data-autofocus
      />
    </EditDialog>
  );
}
