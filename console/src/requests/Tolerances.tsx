import { Badge, Group, List, Text, Tooltip } from '@mantine/core';
import type { RequestSummary } from '../../../src/http/api/schemas/request.ts';

type Tolerances = RequestSummary['tolerances'];

/** Badges for where Rollcall accepted what the RFCs do not describe; each explains itself on hover. */
export function ToleranceBadges({ tolerances }: { tolerances: Tolerances }) {
  return (
    <Group gap={4}>
      {tolerances.map(({ name, says }) => (
        <Tooltip key={name} label={says} multiline maw={320}>
          <Badge variant="outline" color="gray" size="sm" tt="none">
            {name}
          </Badge>
        </Tooltip>
      ))}
    </Group>
  );
}

/** The same with their sentences in the open. */
export function ToleranceList({ tolerances }: { tolerances: Tolerances }) {
  return (
    <List size="sm" spacing={2}>
      {tolerances.map(({ name, says }) => (
        <List.Item key={name}>
          <Text span inherit fw={500}>
            {name}
          </Text>{' '}
          – {says}
        </List.Item>
      ))}
    </List>
  );
}
