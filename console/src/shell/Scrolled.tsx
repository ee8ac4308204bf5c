import { ScrollArea } from '@mantine/core';
import type { ReactNode } from 'react';

interface ScrolledProps {
  label: string;
  /** Taller ones scroll, in pixels; without it the page does. */
  heightMax?: number;
  children: ReactNode;
}

/** A part that may be wider, or taller, than its place. It is reached by the keyboard, so that the keys scroll it. */
export function Scrolled({ label, heightMax, children }: ScrolledProps) {
  const viewportProps = { tabIndex: 0, role: 'region', 'aria-label': label };
  return heightMax === undefined ? (
    <ScrollArea type="auto" viewportProps={viewportProps}>
      {children}
    </ScrollArea>
  ) : (
    <ScrollArea.Autosize mah={heightMax} type="auto" viewportProps={viewportProps}>
      {children}
    </ScrollArea.Autosize>
  );
}
