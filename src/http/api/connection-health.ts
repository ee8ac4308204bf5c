import { providers } from '../../organization/providers.ts';
import { differenceSays } from '../../organization/reconciling.ts';
import {
  type AnswerShare,
  diagnoseConnection,
  type ConnectionHealth as Health,
  readConnectionHealth,
} from '../../provisioning/connection-health.ts';
import { organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { shownExplained } from './reconciliation.ts';
import { ConnectionFindings, ConnectionHealth, FindingsQuery } from './schemas/connection-health.ts';
import { ItemParams, OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Connection'];
const read = { guard: 'management', scope: 'connection:read' } as const;
const dayMs = 86_400_000;

/** How the link to the identity provider does, and what of its setup should be looked at. */
export function connectionHealthRoutes(api: TypedInstance, { app, now }: ApiOptions): void {
  api.get(
    '/organizations/:organization/connection/health',
    {
      config: read,
      schema: {
        operationId: 'readConnectionHealth',
        summary: 'Read how the connection does',
        description: 'From counts that are kept as requests come; they are up to date within a second.',
        tags,
        params: OrganizationParams,
        response: { 200: ConnectionHealth },
      },
    },
    async (request) => shownHealth(await readConnectionHealth(app, organizationOf(request), now())),
  );

  api.get(
    '/organizations/:organization/connections/:id/health',
    {
      config: read,
      schema: {
        operationId: 'readHealthOfConnection',
        summary: 'Read how a connection does, or how it did until it ended',
        description: 'Of one that has ended nothing expires, is asked or is compared any more.',
        tags,
        params: ItemParams,
        response: { 200: ConnectionHealth },
      },
    },
    async (request) => shownHealth(await readConnectionHealth(app, organizationOf(request), now(), request.params.id)),
  );

  api.get(
    '/organizations/:organization/connection/findings',
    {
      config: read,
      schema: {
        operationId: 'diagnoseConnection',
        summary: 'Find what is set up in a way that does not work well',
        description: 'From the provider’s traffic. Each finding says what is so, which requests show it, and the fix.',
        tags,
        params: OrganizationParams,
        querystring: FindingsQuery,
        response: { 200: ConnectionFindings },
      },
    },
    async (request) => {
      const since = new Date(now().getTime() - request.query.days * dayMs);
      const { provider, findings, connection } = await diagnoseConnection(app, organizationOf(request), since);
      return {
        provider: provider === undefined ? null : { name: provider, title: providers[provider] },
        scimProfile: connection.scimProfile,
        since: since.toISOString(),
        findings: findings.map(({ count, lastAt, requests, ...finding }) => ({
          ...finding,
          count: count ?? null,
          lastAt: lastAt?.toISOString() ?? null,
          requests: [...requests],
        })),
      };
    },
  );
}

const shownHealth = (health: Health): ConnectionHealth => {
  const { connection, endedAt, lastCall, silenceAllowedMs, reconciliation } = health;
  return {
    connection: connection.id,
    state: connection.state,
    endedAt: endedAt?.toISOString() ?? null,
    lastCall:
      lastCall === undefined
        ? null
        : { at: lastCall.at.toISOString(), address: lastCall.address ?? null, client: lastCall.client ?? null },
    silenceAllowedMs: silenceAllowedMs === undefined ? null : Math.round(silenceAllowedMs),
    isSilent: health.isSilent,
    lastHour: shownAnswers(health.lastHour),
    lastDay: shownAnswers(health.lastDay),
    expiringTokens: health.expiring.map(({ expiresAt, replacedBy, ...token }) => ({
      ...token,
      expiresAt: expiresAt.toISOString(),
      replacedBy: replacedBy ?? null,
    })),
    differences: health.differences.map((each) => ({ ...each, because: differenceSays(each.rule) })),
    differencesExact: health.differencesExact,
    reconciliation:
      reconciliation === undefined
        ? null
        : {
            at: reconciliation.at.toISOString(),
            explained: reconciliation.explained.map(shownExplained),
            drift: reconciliation.drift,
            repaired: reconciliation.repaired,
          },
  };
};

const shownAnswers = ({ byAnswer, ...share }: AnswerShare) => ({
  ...share,
  byAnswer: byAnswer.map(({ scimType, ...answer }) => ({ ...answer, scimType: scimType ?? null })),
});
