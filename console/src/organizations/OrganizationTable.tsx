import { Stack, Text } from '@mantine/core';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import { type Column, ListTable } from '../shell/ListTable.tsx';
import { PageLink } from '../shell/PageLink.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { ScimState } from './ScimState.tsx';

export function OrganizationTable({ organizations }: { organizations: Organization[] }) {
  return (
    <ListTable label="Organizations" columns={columns} rows={organizations} keyOf={({ id }) => id} widthMin={960} />
  );
}

const columns: Column<Organization>[] = [
  {
    heading: 'Organization',
    kind: 'name',
    show: ({ slug, name, plan, status }) => (
      <Stack gap={0}>
        <PageLink to="/organizations/$slug" params={{ slug }} fw={600}>
          {name}
        </PageLink>
        <Text size="xs" c="dimmed" fw={400}>
          {slug} · {plan} plan{status === 'suspended' && ' · suspended'}
        </Text>
      </Stack>
    ),
  },
  { heading: 'Provisioning', show: ({ scim }) => <ScimState state={scim} /> },
  { heading: 'Members', kind: 'number', show: ({ members }) => members.toLocaleString('en') },
  { heading: 'Teams', kind: 'number', show: ({ teams }) => teams.toLocaleString('en') },
  { heading: 'Tokens', kind: 'number', show: ({ tokens }) => tokens.toLocaleString('en') },
  {
    heading: 'Last request',
    show: ({ lastRequestAt }) =>
      lastRequestAt === null ? (
        <Text size="sm" c="dimmed">
          never
        </Text>
      ) : (
        <TimeAgo at={lastRequestAt} />
      ),
  },
  {
    heading: 'SCIM base URL',
    show: ({ scimBaseUrl, name }) => <CopyText text={scimBaseUrl} what={`SCIM base URL of ${name}`} />,
  },
];
