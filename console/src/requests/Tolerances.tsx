import { Badge, Group, Tooltip } from '@mantine/core';

/** Badges for what Rollcall accepted although the RFCs would let it refuse. */
export function Tolerances({ ids }: { ids: string[] }) {
  return (
    <Group gap={4}>
      {ids.map((id) => (
        <Tooltip key={id} label="Accepted although the RFCs would let us refuse it">
          <Badge variant="outline" color="grape" size="sm" tt="none">
            {id}
          </Badge>
        </Tooltip>
      ))}
    </Group>
  );
}
