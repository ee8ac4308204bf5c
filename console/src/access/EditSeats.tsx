import { Checkbox, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { planSeats, setSeats } from '../api/access.ts';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import { PlannedAccess } from './PlannedAccess.tsx';

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
  const [isPlanned, setPlanned] = useState(false);
  const wanted = isUnlimited ? null : Number(number);
  const title = `Seats of ${license}`;
  if (isPlanned) {
    return (
      <PlannedAccess
        title={title}
        noun="The change"
        submits="Save the seats"
        planKey={[slug, license, String(wanted)]}
        plan={(cursor) => planSeats(slug, license, wanted, cursor)}
        change={(version) => setSeats(slug, license, wanted, version)}
        saved={saved}
        close={close}
      />
    );
  }
  return (
    <EditDialog
      title={title}
      submits="Show what would change"
      isComplete={isUnlimited || typeof number === 'number'}
      plan={() => setPlanned(true)}
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
