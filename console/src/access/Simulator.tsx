import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { LicenseList, Simulation } from '../../../src/http/api/schemas/access.ts';
import { simulateLicenses } from '../api/access.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
import { Failure } from '../shell/Failure.tsx';
import { ListTable } from '../shell/ListTable.tsx';
import { Section } from '../shell/Section.tsx';
import { sources } from './words.ts';

/** Shows what other rules would do before anyone sets them. It changes nothing. */
export function Simulator({ slug, licenses }: { slug: string; licenses: LicenseList }) {
  const [source, setSource] = useState(licenses.source);
  const [byDefault, setByDefault] = useState(licenses.byDefault ?? 'none');
  const simulation = useMutation({
    mutationFn: () => simulateLicenses(slug, { licenseSource: source, defaultLicense: byDefault }),
  });
  return (
    <Stack gap="sm">
      <Section title="Simulator" says="Who would have which license by other rules. It changes nothing." />
      <Group align="end" gap="sm">
        <ChoiceField
          label="Source"
          value={source}
          choose={setSource}
          choices={Object.entries(sources).map(([value, label]) => ({ value, label }))}
        />
        <ChoiceField
          label="Without a rule"
          value={byDefault}
          choose={setByDefault}
          choices={['none', 'developer', 'analyst', 'it', 'read_only']}
        />
        <Button onClick={() => simulation.mutate()} loading={simulation.isPending}>
          Simulate
        </Button>
      </Group>
      {simulation.error !== null && (
        <Failure title="These rules cannot be simulated" error={simulation.error} retry={() => simulation.mutate()} />
      )}
      {simulation.data !== undefined && <Outcome simulation={simulation.data} />}
    </Stack>
  );
}

function Outcome({ simulation }: { simulation: Simulation }) {
  const { gains, losses, exchanges, waits, joins, leaves, narrowed, refused, warnings, licenses, changes } = simulation;
  const missing = licenses.filter((each) => each.missing > 0);
  const needed = licenses.filter((each) => each.needed > 0).map((each) => `${each.needed} ${each.license}`);
  return (
    <Stack gap="sm" role="status" aria-label="Outcome of the simulation">
      <Text size="sm">
        {gains} would get a license, {losses} would lose theirs, {exchanges} would have another one, {waits} would wait
        for one, and {narrowed} could do less than now. {leaves} memberships of teams would no longer be in force, and{' '}
        {joins} would come into force. Seats needed: {needed.join(', ') || 'none'}.
      </Text>
      {missing.length > 0 && (
        <Alert color="orange" variant="light" title="There are not enough seats">
          Missing: {missing.map((each) => `${each.missing} ${each.license}`).join(', ')}
          {refused && '. These rules would be refused.'}
        </Alert>
      )}
      {warnings.map((warning) => (
        <Alert key={warning} color="orange" variant="light">
          {warning}
        </Alert>
      ))}
      {changes.length > 0 && (
        <ListTable
          label="Who would change"
          widthMin={560}
          rows={changes}
          keyOf={({ member }) => member}
          columns={[
            { heading: 'Member', kind: 'name', show: ({ userName }) => userName },
            { heading: 'Has', show: ({ before }) => before ?? '—' },
            {
              heading: 'Would have',
              show: ({ after, waitsFor }) => after ?? (waitsFor === null ? '—' : `waits for ${waitsFor}`),
            },
            { heading: 'Because', show: ({ because }) => because },
            { heading: 'Could then', show: ({ narrows }) => narrows?.to ?? '—' },
            { heading: 'Out of teams', show: ({ leaves }) => leaves },
            { heading: 'Into teams', show: ({ joins }) => joins },
          ]}
        />
      )}
    </Stack>
  );
}
