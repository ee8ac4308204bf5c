import { Button, Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PresetList } from '../../../src/http/api/schemas/policy.ts';
import type { PolicyWish, TaggedPolicy } from '../api/policy.ts';
import { policyQuery } from '../api/queries.ts';
import { PlanDialog } from './PlanDialog.tsx';
import { SettingTable } from './SettingTable.tsx';

interface PolicyFormProps {
  slug: string;
  stored: TaggedPolicy;
  presets: PresetList;
}

/** The policy as it is and as it is being edited. Nothing is saved before its plan was shown. */
export function PolicyForm({ slug, stored, presets }: PolicyFormProps) {
  const [preset, setPreset] = useState(stored.policy.preset);
  const [settings, setSettings] = useState<Record<string, string>>(stored.policy.settings);
  const [wish, setWish] = useState<PolicyWish>();
  const client = useQueryClient();

  const chosen = presets.items.find((item) => item.preset === preset);
  const ofPreset: Record<string, string> = chosen?.settings ?? {};
  const deviations = Object.entries(settings).filter(([name, value]) => ofPreset[name] !== value);
  const before: Record<string, string> = stored.policy.settings;
  const isEdited =
    preset !== stored.policy.preset || Object.entries(settings).some(([name, value]) => before[name] !== value);

  const takePreset = (name: string) => {
    const taken = presets.items.find((item) => item.preset === name);
    if (taken === undefined) return;
    setPreset(taken.preset);
    setSettings(taken.settings);
  };
  const reset = () => {
    setPreset(stored.policy.preset);
    setSettings(stored.policy.settings);
  };
  return (
    <Stack gap="md" component="section" aria-labelledby="policy">
      <Title order={2} size="h4" id="policy">
        Policy
      </Title>
      <Group justify="space-between" align="end">
        <NativeSelect
          label="Preset"
          description="Another one replaces all settings"
          value={preset}
          onChange={(event) => takePreset(event.currentTarget.value)}
          data={presets.items.map((item) => ({ value: item.preset, label: `${item.preset}: ${item.says}` }))}
        />
        <Group gap="sm">
          {isEdited && (
            <Button variant="default" onClick={reset}>
              Reset
            </Button>
          )}
          <Button disabled={!isEdited} onClick={() => setWish({ preset, settings: Object.fromEntries(deviations) })}>
            Show what would change
          </Button>
        </Group>
      </Group>
      <Text size="sm" aria-live="polite">
        {deviations.length === 0
          ? `Every setting has the value of the preset ${preset}.`
          : `${deviations.length === 1 ? '1 setting deviates' : `${deviations.length} settings deviate`} from the preset ${preset}.`}
      </Text>
      <SettingTable
        settings={presets.settings}
        values={settings}
        ofPreset={ofPreset}
        choose={(name, value) => setSettings({ ...settings, [name]: value })}
      />
      {wish !== undefined && (
        <PlanDialog
          slug={slug}
          wish={wish}
          tag={stored.tag}
          saved={() => client.invalidateQueries({ queryKey: policyQuery(slug).queryKey })}
          close={() => setWish(undefined)}
        />
      )}
    </Stack>
  );
}
