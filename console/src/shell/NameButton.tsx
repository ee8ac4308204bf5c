import { Anchor } from '@mantine/core';
import { isVisible, visibleName } from '../text/visible-name.ts';

/** A name that opens what it names, over the page that it stands on. */
export const NameButton = ({ name, open }: { name: string; open: () => void }) => (
  <Anchor component="button" type="button" size="sm" ta="left" onClick={open} style={{ overflowWrap: 'anywhere' }}>
    <bdi>{isVisible(name) ? visibleName(name) : '(a name that cannot be seen)'}</bdi>
  </Anchor>
);
