import { Alert, Badge, Group, List, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ConnectionHealth as Health } from '../../../src/http/api/schemas/connection-health.ts';
import { Section } from '../shell/Section.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

/** How the connection does: its last call and rhythm, its errors, tokens that expire, and what waits to be in force. */
export function ConnectionHealth({ health }: { health: Health }) {
  const { isSilent, expiringTokens, differences, differencesExact } = health;
  return (
    <Stack gap="lg">
      {isSilent && (
        <Alert color="orange" variant="light" title="The identity provider is silent">
          It has not called for longer than it uses to. Check in its console that provisioning is on and that its last
          tasks succeeded.
        </Alert>
      )}
      <Calls health={health} />
      <Section title="Tokens that expire" says="A new token takes over from an old one under Tokens and keys.">
        {expiringTokens.length === 0 ? (
          <Text size="sm">None within 30 days.</Text>
        ) : (
          <List size="sm">
            {expiringTokens.map(({ id, name, daysLeft, replacedBy }) => (
              <List.Item key={id}>
                {name} expires in {daysLeft} {daysLeft === 1 ? 'day' : 'days'}
                {replacedBy !== null && ', and another one is taking over'}
              </List.Item>
            ))}
          </List>
        )}
      </Section>
      <Section
        title="Asked and not in force"
        says="What the provider asked and is not in force. What is held waits for an admin; the rest comes into force by itself when the reason goes."
      >
        {differences.length === 0 ? (
          <Text size="sm">Everything that was asked is in force.</Text>
        ) : (
          <Table miw={420} verticalSpacing="xs" aria-label="Asked and not in force">
            <Table.Tbody>
              {differences.map(({ of, rule, because, count }) => (
                <Fact
                  key={`${of} ${rule}`}
                  what={`${count.toLocaleString('en')}${differencesExact ? '' : ' or more'} ${count === 1 ? of.slice(0, -1) : of}`}
                >
                  {because}
                </Fact>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Section>
    </Stack>
  );
}

/** How the provider called, until the connection ended if it has. */
export function Calls({ health: { endedAt, lastCall, silenceAllowedMs, lastHour, lastDay } }: { health: Health }) {
  return (
    <Section title="Calls" says="Counted as requests come, by what they were answered with.">
      <Table miw={520} verticalSpacing="xs" aria-label="Calls">
        <Table.Tbody>
          <Fact what="Last call">
            {lastCall === null ? (
              'never'
            ) : (
              <>
                <TimeAgo at={lastCall.at} /> from {lastCall.address ?? 'an unknown address'}
                {lastCall.client !== null && ` (${lastCall.client})`}
              </>
            )}
          </Fact>
          {endedAt === null && (
            <Fact what="Rhythm">
              {silenceAllowedMs === null
                ? 'not known yet: it takes two hours of calls'
                : `silent for ${hours(silenceAllowedMs)} at most before you are told`}
            </Fact>
          )}
          <Fact what="Last hour">
            <Answers answers={lastHour} />
          </Fact>
          <Fact what="Last day">
            <Answers answers={lastDay} />
          </Fact>
        </Table.Tbody>
      </Table>
    </Section>
  );
}

function Fact({ what, children }: { what: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400} w="14rem">
        {what}
      </Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}

function Answers({ answers: { requests, errors, errorShare, byAnswer } }: { answers: Health['lastHour'] }) {
  if (requests === 0) return 'no request';
  const refused = byAnswer.filter(({ status }) => status >= 400);
  return (
    <Group gap="xs">
      <Text size="sm">
        {requests.toLocaleString('en')} {requests === 1 ? 'request' : 'requests'}, {errors.toLocaleString('en')} refused
        ({(errorShare * 100).toFixed(1)} %)
      </Text>
      {refused.map(({ status, scimType, count }) => (
        <Badge key={`${status} ${scimType}`} variant="light" color={status >= 500 ? 'red' : 'orange'} tt="none">
          {count} × {status} {scimType}
        </Badge>
      ))}
    </Group>
  );
}

function hours(ms: number): string {
  const whole = Math.round(ms / 3_600_000);
  return whole < 48 ? `${whole} hours` : `${Math.round(whole / 24)} days`;
}
