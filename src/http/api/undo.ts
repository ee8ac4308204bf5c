import type { UndoItem } from '../../events/undo-plan.ts';
import type { FactRef } from '../../events/undo-steps.ts';
import {
  applyUndo,
  nothingBack,
  PlanChanged,
  planUndo,
  type ShownUndo,
  undoNeeds,
  type Undone as Wanted,
} from '../../provisioning/undo.ts';
import { actingOf, type Caller, callerOf, isAllowed, organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { ApiProblem, problem } from './problem.ts';
import { OrganizationParams } from './schemas/parts.ts';
import { type Undone, Undone as UndoneBody, UndoOutcome, UndoPlan } from './schemas/undo.ts';
import type { TypedInstance } from './typebox-provider.ts';

const config = { guard: 'management', scope: 'audit:read' } as const;
const tags = ['History'];

/** Puts an earlier state in force: what it would come to first, and then that and nothing else. */
export function undoRoutes(api: TypedInstance, { app, plans, now }: ApiOptions): void {
  api.post(
    '/organizations/:organization/undo/plan',
    {
      config,
      schema: {
        operationId: 'planUndo',
        summary: 'Show what undoing would put back',
        description:
          'What would become what, what of it would be refused and why, what stays because it was changed since, and what cannot be undone. Nothing is changed.',
        tags,
        params: OrganizationParams,
        body: UndoneBody,
        response: { 200: UndoPlan },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const wanted = wantedOf(request.body);
      const plan = await plans.inTurn(org.id, () => planUndo(app, org, wanted, actingOf(request, now())));
      reply.header('etag', `"${plan.digest}"`);
      const show = shownWith(plan.names);
      const { digest, items, kept, impossible } = plan;
      const refusal = nothingBack(plan) ?? plan.items.map(missingScope(callerOf(request))).find(Boolean)?.message;
      return { digest, items: items.map(show), kept: kept.map(show), impossible, refusal: refusal ?? null };
    },
  );

  api.post(
    '/organizations/:organization/undo',
    {
      config,
      schema: {
        operationId: 'applyUndo',
        summary: 'Undo what a plan showed',
        description:
          'A plan that puts nothing back is refused with the reason. Needs If-Match with the digest of the plan, and the scopes to change by hand what is put back. The provider’s next ' +
          'request about a person or team wins over it.',
        tags,
        params: OrganizationParams,
        body: UndoneBody,
        response: { 200: UndoOutcome },
      },
    },
    async (request) => {
      const digest = /^"([^"]+)"$/.exec(request.headers['if-match']?.trim() ?? '')?.[1];
      if (digest === undefined) {
        throw problem('precondition_required', 'Undoing needs If-Match with the digest of the plan that was seen.');
      }
      const org = organizationOf(request);
      const wanted = wantedOf(request.body);
      const missing = missingScope(callerOf(request));
      const assertPossible = (plan: ShownUndo) => {
        const because = nothingBack(plan);
        if (because !== undefined) throw problem('conflict', because);
        for (const item of plan.items) {
          const refusal = missing(item);
          if (refusal !== undefined) throw refusal;
        }
      };
      const at = actingOf(request, now());
      const { done, refused, returned, names } = await applyUndo(app, org, wanted, digest, at, assertPossible).catch(
        (error: unknown) => {
          if (!(error instanceof PlanChanged)) throw error;
          throw problem('precondition_failed', 'It would come to something else by now: look at the plan again.');
        },
      );
      const show = shownWith(names);
      return { done: done.map(show), refused: refused.map(show), returned };
    },
  );
}

/** Why a caller may not put a fact back; undefined if they may. */
const missingScope =
  (caller: Caller) =>
  ({ fact }: UndoItem): ApiProblem | undefined => {
    const scope = undoNeeds[fact];
    if (isAllowed(caller, scope)) return undefined;
    return new ApiProblem('scope_missing', `This key may not put this back: it lacks the scope ${scope}.`, { scope });
  };

function wantedOf(body: Undone): Wanted {
  if ('event' in body) return body;
  if ('member' in body) return { member: body.member, since: new Date(body.since) };
  if ('team' in body) return { team: body.team, since: new Date(body.since) };
  return { actor: body.actor, from: new Date(body.from), to: new Date(body.to) };
}

/** Shows a fact with the names of what it is about. */
function shownWith(names: ShownUndo['names']) {
  const named = (id: string | undefined) => (id === undefined ? null : { id, name: names[id] ?? id });
  return <Ref extends FactRef>(ref: Ref) => ({
    ...ref,
    member: named('member' in ref ? ref.member : undefined),
    team: named('team' in ref ? ref.team : undefined),
  });
}
