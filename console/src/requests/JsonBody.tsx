import { Text } from '@mantine/core';
import classes from './JsonBody.module.css';

/** A logged body, indented. It scrolls in itself, so it takes the focus for those who scroll by keyboard. */
export function JsonBody({ body, label }: { body: unknown; label: string }) {
  if (body === null) {
    return (
      <Text size="sm" c="dimmed">
        None
      </Text>
    );
  }
  return (
    <section className={classes.body} aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{typeof body === 'string' ? body : JSON.stringify(body, null, 2)}</pre>
    </section>
  );
}
