import { Badge, ScrollArea, Stack, Table, Text } from '@mantine/core';
import type { RequestSummary } from '../../../src/http/api/schemas/request.ts';
import { PageLink } from '../shell/PageLink.tsx';
import { ClockTime } from '../text/ClockTime.tsx';
import { capitalized } from '../text/capitalized.ts';
import { durationText } from '../text/duration.ts';
import { readablePath } from '../text/readable-path.ts';
import { visibleName } from '../text/visible-name.ts';
import classes from './RequestTable.module.css';
import { StatusBadge } from './StatusBadge.tsx';
import { ToleranceBadges } from './Tolerances.tsx';

/** Request lines, newest first. The path of each is the link to its details; the open one is marked. */
export function RequestTable({
  slug,
  requests,
  openId,
}: {
  slug: string;
  requests: RequestSummary[];
  openId: string | undefined;
}) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Requests' }}>
      <Table miw={960} verticalSpacing={6} highlightOnHover aria-label="Requests" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" w={120}>
              Time
            </Table.Th>
            <Table.Th scope="col" w={310}>
              Request
            </Table.Th>
            <Table.Th scope="col" w={80}>
              Status
            </Table.Th>
            <Table.Th scope="col" w={90} ta="right">
              Duration
            </Table.Th>
            <Table.Th scope="col" w={190}>
              Client
            </Table.Th>
            <Table.Th scope="col">Outcome</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {requests.map((request) => (
            <RequestRow key={request.id} slug={slug} request={request} open={request.id === openId} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function RequestRow({ slug, request, open }: { slug: string; request: RequestSummary; open: boolean }) {
  return (
    <Table.Tr bg={open ? 'var(--mantine-primary-color-light)' : ''}>
      <Table.Td>
        <ClockTime at={request.at} />
      </Table.Td>
      <Table.Td>
        <PageLink
          to="/organizations/$slug/requests/$id"
          params={{ slug, id: request.id }}
          search
          resetScroll={false}
          aria-current={open ? 'true' : undefined}
          className={classes.request}
          title={`${request.method} ${request.path}`}
          size="sm"
        >
          <Text span inherit fw={700}>
            {request.method}
          </Text>{' '}
          {readablePath(request.path)}
        </PageLink>
      </Table.Td>
      <Table.Td>
        <StatusBadge status={request.status} />
      </Table.Td>
      <Table.Td ta="right">{durationText(request.durationMs)}</Table.Td>
      <Table.Td>
        <Text size="sm" truncate title={request.client ?? undefined}>
          {request.client ?? '—'}
        </Text>
      </Table.Td>
      <Table.Td>
        <Outcome request={request} />
      </Table.Td>
    </Table.Tr>
  );
}

function Outcome({ request }: { request: RequestSummary }) {
  const [first, ...others] = request.changes;
  const words = first ?? answer(request);
  return (
    <Stack gap={2}>
      {words === null ? (
        <Text size="sm" c="dimmed">
          Nothing
        </Text>
      ) : (
        <Text size="sm" lineClamp={2}>
          <bdi>{visibleName(capitalized(words))}</bdi>{' '}
          {request.bulk !== null && (
            <Badge variant="default" size="sm" tt="none">
              in a bulk
            </Badge>
          )}{' '}
          {others.length > 0 && (
            <Badge variant="default" size="sm" tt="none">
              and {others.length} more
            </Badge>
          )}
        </Text>
      )}
      {request.tolerances.length > 0 && <ToleranceBadges tolerances={request.tolerances} />}
    </Stack>
  );
}

function answer({ status, detail }: RequestSummary): string | null {
  if (detail === null || status < 400) return detail;
  return status >= 500 ? `Failed: ${detail}` : `Refused: ${detail}`;
}
