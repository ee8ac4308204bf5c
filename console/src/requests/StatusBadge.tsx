import { Badge } from '@mantine/core';

/** The status of a response: 2xx and 3xx calm, 4xx the client's mistake, 5xx ours. */
export function StatusBadge({ status }: { status: number }) {
  const color = status >= 500 ? 'red' : status >= 400 ? 'orange' : 'green';
  return (
    <Badge variant="light" color={color} radius="sm">
      {status}
    </Badge>
  );
}
