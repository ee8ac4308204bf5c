import { Badge, Group, NativeSelect, Stack, Table, Text } from '@mantine/core';
import type { PresetList } from '../../../src/http/api/schemas/policy.ts';

interface SettingTableProps {
  settings: PresetList['settings'];
  values: Record<string, string>;
  ofPreset: Record<string, string>;
  choose: (name: string, value: string) => void;
}

/** Every setting with what it decides, its value and what that means. */
export function SettingTable({ settings, values, ofPreset, choose }: SettingTableProps) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table aria-label="Settings" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Setting</Table.Th>
            <Table.Th w={340}>Value</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {settings.map(({ name, meaning, values: choices }) => (
            <Table.Tr key={name}>
              <Table.Td style={{ verticalAlign: 'top' }}>
                <Stack gap={2}>
                  <Group gap="xs">
                    <Text size="sm" fw={600}>
                      {name}
                    </Text>
                    {values[name] !== ofPreset[name] && (
                      <Badge variant="light" color="orange" tt="none">
                        the preset says {ofPreset[name]}
                      </Badge>
                    )}
                  </Group>
                  <Text size="sm" c="dimmed">
                    {meaning.replaceAll(/[`*]/g, '')}
                  </Text>
                </Stack>
              </Table.Td>
              <Table.Td style={{ verticalAlign: 'top' }}>
                <NativeSelect
                  aria-label={name}
                  size="sm"
                  value={values[name] ?? ''}
                  onChange={(event) => choose(name, event.currentTarget.value)}
                  data={choices.map(({ value }) => value)}
                />
                <Text size="xs" mt={4}>
                  {choices.find(({ value }) => value === values[name])?.means.replaceAll(/[`*]/g, '')}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
