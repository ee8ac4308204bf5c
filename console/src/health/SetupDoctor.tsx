import { Badge, Card, Group, Stack, Text } from '@mantine/core';
import type { ConnectionFindings } from '../../../src/http/api/schemas/connection-health.ts';
import { PageLink } from '../shell/PageLink.tsx';
import { Section } from '../shell/Section.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';

type Finding = ConnectionFindings['findings'][number];

const colors = { problem: 'red', warning: 'orange', notice: 'blue' } as const satisfies Record<
  Finding['severity'],
  string
>;

/** What the traffic says about how the identity provider is set up, each with the fix. */
export function SetupDoctor({ slug, found }: { slug: string; found: ConnectionFindings }) {
  const { provider, scimProfile, findings } = found;
  const who = provider === null ? 'a provider that does not say who it is' : provider.title;
  return (
    <Section
      title="Setup"
      says={`Connected to ${who}, with the SCIM profile ${scimProfile}. From the traffic of the last week.`}
    >
      <Stack gap="sm">
        {findings.length === 0 && <Text size="sm">Nothing was found that should be changed.</Text>}
        {findings.map((finding) => (
          <FindingCard key={finding.id} slug={slug} finding={finding} />
        ))}
      </Stack>
    </Section>
  );
}

function FindingCard({
  slug,
  finding: { severity, says, fix, count, lastAt, requests },
}: {
  slug: string;
  finding: Finding;
}) {
  return (
    <Card withBorder padding="sm" component="article">
      <Stack gap={6}>
        <Group gap="xs">
          <Badge variant="light" color={colors[severity]} tt="none">
            {severity}
          </Badge>
          <Text fw={600}>{says}</Text>
        </Group>
        <Text size="sm">{fix.replaceAll('*', '')}.</Text>
        {count !== null && lastAt !== null && (
          <Group gap="xs">
            <Text size="xs" c="dimmed">
              seen {count.toLocaleString('en')} {count === 1 ? 'time' : 'times'}, last <TimeAgo at={lastAt} />
            </Text>
            {requests.map((id, place) => (
              <PageLink key={id} to="/organizations/$slug/requests/$id" params={{ slug, id }} size="xs">
                request {place + 1}
              </PageLink>
            ))}
          </Group>
        )}
      </Stack>
    </Card>
  );
}
