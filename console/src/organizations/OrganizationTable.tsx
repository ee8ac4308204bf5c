import { ScrollArea, Stack, Table, Text } from '@mantine/core';
import type { Organization } from '../../../src/http/api/schemas/organization.ts';
import { PageLink } from '../shell/PageLink.tsx';
import { CopyText } from '../text/CopyText.tsx';
import { TimeAgo } from '../text/TimeAgo.tsx';
import { ScimState } from './ScimState.tsx';

export function OrganizationTable({ organizations }: { organizations: Organization[] }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Organizations' }}>
      <Table miw={960} verticalSpacing="xs" highlightOnHover aria-label="Organizations">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Organization</Table.Th>
            <Table.Th scope="col">Provisioning</Table.Th>
            <Table.Th scope="col" ta="right">
              Members
            </Table.Th>
            <Table.Th scope="col" ta="right">
              Teams
            </Table.Th>
            <Table.Th scope="col" ta="right">
              Tokens
            </Table.Th>
            <Table.Th scope="col">Last request</Table.Th>
            <Table.Th scope="col">SCIM base URL</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {organizations.map((organization) => (
            <OrganizationRow key={organization.id} organization={organization} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function OrganizationRow({ organization }: { organization: Organization }) {
  const { slug, name, plan, status, scim, members, teams, tokens, lastRequestAt, scimBaseUrl } = organization;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        <Stack gap={0}>
          <PageLink to="/organizations/$slug" params={{ slug }} fw={600}>
            {name}
          </PageLink>
          <Text size="xs" c="dimmed">
            {slug} · {plan} plan{status === 'suspended' && ' · suspended'}
          </Text>
        </Stack>
      </Table.Th>
      <Table.Td>
        <ScimState state={scim} />
      </Table.Td>
      <Table.Td ta="right">{members.toLocaleString('en')}</Table.Td>
      <Table.Td ta="right">{teams.toLocaleString('en')}</Table.Td>
      <Table.Td ta="right">{tokens.toLocaleString('en')}</Table.Td>
      <Table.Td>
        {lastRequestAt === null ? (
          <Text size="sm" c="dimmed">
            never
          </Text>
        ) : (
          <TimeAgo at={lastRequestAt} />
        )}
      </Table.Td>
      <Table.Td>
        <CopyText text={scimBaseUrl} what={`SCIM base URL of ${name}`} />
      </Table.Td>
    </Table.Tr>
  );
}
