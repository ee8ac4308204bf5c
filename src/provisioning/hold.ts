import { batchHolding, type ConnectionState, takesNothing } from '../organization/holding.ts';
import { forbidden, type ScimError } from '../scim/errors.ts';
import type { Held } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';

/**
 * What holds a request's change back, to be stored with what is asked; undefined if it is put in force.
 *
 * @param heldBy the batch that holds the person or team now
 */
export function heldFor(request: ProvisioningRequest, heldBy: string | undefined): Held | undefined {
  const by = batchHolding(request.organization, { connectionId: request.connectionId, heldBy });
  return by === undefined ? undefined : { by, source: sourceOf(request) };
}

/** Why nothing is done with a connection that is being disconnected; undefined of another one. */
export const endingRefusal = (state: ConnectionState): string | undefined =>
  state === 'disconnecting'
    ? 'The connection is being disconnected, which goes on in the background. When that is done there is a new one to set up.'
    : undefined;

/** @throws OperatorError refused if the connection is being disconnected */
export function assertNotEnding(state: ConnectionState): void {
  const refusal = endingRefusal(state);
  if (refusal !== undefined) throw new OperatorError('refused', refusal);
}

/** The refusal of whatever comes by a connection that is off; undefined if it is not. */
export function offRefusal({
  connectionId,
  organization,
}: Pick<ProvisioningRequest, 'connectionId' | 'organization'>): ScimError | undefined {
  if (connectionId === undefined || !takesNothing(organization.connectionStates[connectionId])) return undefined;
  return forbidden(
    `Provisioning is turned off for this organization, and nothing was changed. Turn it on with: rollcall scim enable ${organization.slugs[0]}`,
  );
}
