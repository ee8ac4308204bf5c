import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { ListTable } from '../shell/ListTable.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** A SCIM token or an API key, as far as both are alike. */
export interface KeyRow {
  id: string;
  name: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  lastUsedAddress: string | null;
  member?: { userName: string } | null;
  rotation?: { replaces: string | null; replacedBy: string | null; goodCalls: number; goodCallsNeeded: number } | null;
}

interface KeyTableProps<Row> {
  label: string;
  rows: Row[];
  /** What limits one, in lines under its name. */
  limitsOf: ((row: Row) => string[]) | undefined;
  revoke: (row: Row) => void;
  /** Begins a rotation, and gives one up; only tokens have it. */
  rotate?: ((row: Row) => void) | undefined;
  cancelRotation?: ((row: Row) => void) | undefined;
  /** Changes its name and its limits; only tokens have it. */
  change?: ((row: Row) => void) | undefined;
}

export function KeyTable<Row extends KeyRow>(props: KeyTableProps<Row>) {
  const { label, rows, limitsOf, revoke, rotate, cancelRotation, change } = props;
  return (
    <ListTable
      label={label}
      widthMin={760}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        {
          heading: 'Name',
          kind: 'name',
          show: (row) => (
            <Stack gap={0}>
              <Text fw={600}>{row.name}</Text>
              {row.member != null && (
                <Text size="xs" c="dimmed">
                  acts for {row.member.userName}
                </Text>
              )}
              {limitsOf?.(row).map((line) => (
                <Text key={line} size="xs" c="dimmed">
                  {line}
                </Text>
              ))}
            </Stack>
          ),
        },
        { heading: 'State', show: (row) => <KeyState row={row} /> },
        { heading: 'Created', show: ({ createdAt }) => <TimeAgo at={createdAt} /> },
        {
          heading: 'Last used',
          show: (row) =>
            row.lastUsedAt === null ? (
              <Text size="sm" c="dimmed">
                never
              </Text>
            ) : (
              <Text size="sm">
                <TimeAgo at={row.lastUsedAt} /> from {row.lastUsedAddress}
              </Text>
            ),
        },
        {
          heading: 'Actions',
          kind: 'actions',
          show: (row) => (
            <Group gap="xs" justify="flex-end" wrap="nowrap">
              {row.revokedAt === null && change !== undefined && (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => change(row)}
                  aria-label={`Change ${row.name}`}
                >
                  Change
                </Button>
              )}
              {row.revokedAt === null && rotate !== undefined && row.rotation == null && (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => rotate(row)}
                  aria-label={`Rotate ${row.name}`}
                >
                  Rotate
                </Button>
              )}
              {cancelRotation !== undefined && row.rotation?.replacedBy != null && (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => cancelRotation(row)}
                  aria-label={`Cancel the rotation of ${row.name}`}
                >
                  Cancel rotation
                </Button>
              )}
              {row.revokedAt === null && (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => revoke(row)}
                  aria-label={`Revoke ${row.name}`}
                >
                  Revoke
                </Button>
              )}
            </Group>
          ),
        },
      ]}
    />
  );
}

function KeyState({ row: { revokedAt, expiresAt, rotation } }: { row: KeyRow }) {
  const isExpired = expiresAt !== null && new Date(expiresAt) <= new Date();
  const [text, color] =
    revokedAt !== null ? ['Revoked', 'gray'] : isExpired ? ['Expired', 'orange'] : ['In force', 'green'];
  return (
    <Stack gap={2} align="flex-start">
      <Badge variant="light" color={color} tt="none">
        {text}
      </Badge>
      {revokedAt === null && expiresAt !== null && !isExpired && (
        <Text size="xs" c="dimmed">
          until {new Date(expiresAt).toLocaleDateString()}
        </Text>
      )}
      {rotation?.replaces != null && (
        <Text size="xs" c="dimmed">
          takes over: {Math.min(rotation.goodCalls, rotation.goodCallsNeeded)} of {rotation.goodCallsNeeded} good calls
        </Text>
      )}
      {rotation?.replacedBy != null && (
        <Text size="xs" c="dimmed">
          ends when the new one has taken over
        </Text>
      )}
    </Stack>
  );
}
