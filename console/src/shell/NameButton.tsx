import { Anchor } from '@mantine/core';

/** A name that opens what it names, over the page that it stands on. */
export const NameButton = ({ name, open }: { name: string; open: () => void }) => (
  <Anchor component="button" type="button" size="sm" ta="left" onClick={open} style={{ overflowWrap: 'anywhere' }}>
    {name}
  </Anchor>
);
