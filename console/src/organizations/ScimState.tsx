import { Badge } from '@mantine/core';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';

const words = {
  off: { text: 'SCIM off', color: 'gray' },
  observing: { text: 'SCIM observing', color: 'blue' },
  on: { text: 'SCIM on', color: 'green' },
  paused: { text: 'SCIM paused', color: 'yellow' },
  disconnecting: { text: 'SCIM disconnecting', color: 'orange' },
  disconnected: { text: 'SCIM disconnected', color: 'gray' },
} as const;

/** The state of the connection to the identity provider. */
export function ScimState({ state }: { state: Organization['scim'] }) {
  const { text, color } = words[state];
  return (
    <Badge variant="light" color={color} tt="none">
      {text}
    </Badge>
  );
}
