import { type Reconciliation as Found, lastReconciliation, reconcile } from '../../provisioning/reconcile.ts';
import { actingOf, organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { OrganizationParams } from './schemas/parts.ts';
import { LastReconciliation, Reconciliation, ReconciliationStart } from './schemas/reconciliation.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Connection'];
const path = '/organizations/:organization/connection/reconciliation';

/** Comparing what was asked with what is in force, for the whole organization. */
export function reconciliationRoutes(api: TypedInstance, { app, now }: ApiOptions): void {
  api.get(
    path,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'readReconciliation',
        summary: 'Read the report of the last comparison of what was asked with what is in force',
        description: 'There is one each day, and one whenever somebody asks for it.',
        tags,
        params: OrganizationParams,
        response: { 200: LastReconciliation },
      },
    },
    async (request) => {
      const last = await lastReconciliation(app, organizationOf(request));
      return { last: last === undefined ? null : shown(last) };
    },
  );

  api.post(
    path,
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'reconcile',
        summary: 'Compare what was asked with what is in force, and repair what does not follow',
        tags,
        params: OrganizationParams,
        body: ReconciliationStart,
        response: { 200: Reconciliation },
      },
    },
    async (request) => {
      const { repair = false } = request.body;
      return shown(await reconcile(app, organizationOf(request), repair, actingOf(request, now())));
    },
  );
}

const shown = ({ at, ...report }: Found): Reconciliation => ({ at: at.toISOString(), ...report });
