import { readList, requireSuccess } from './answers.ts';
import { type Engine, log, options } from './engine.ts';
import { ProvisioningFailure } from './failure.ts';

/** Schemas that Okta knows as roles and entitlements; names in the IETF's space are not recognized. */
export const grantSchemas = ['urn:okta:scim:schemas:core:1.0:Role', 'urn:okta:scim:schemas:core:1.0:Entitlement'];

/** *Test API Credentials* (okta-wire.md §3). Throws a ProvisioningFailure with what the dialog would show. */
export async function testCredentials(engine: Engine): Promise<void> {
  if (!options(engine).provisioning) {
    throw new ProvisioningFailure('The app has no Provisioning tab: Enable SCIM provisioning on the General tab');
  }
  const probe = async (path: string, count: number): Promise<void> => {
    const query: [string, number][] = [
      ['startIndex', 1],
      ['count', count],
    ];
    const answer = await engine.client.send({ method: 'GET', path, query, subject: 'test' });
    if (answer.status === 401)
      throw new ProvisioningFailure('Error authenticating: Invalid credentials', { status: 401 });
    readList(answer);
  };
  await probe('/Users', 2);
  if (options(engine).supportedActions.importGroups) await probe('/Groups', 100);
}

/**
 * Entitlement discovery (§14): resource types, then schemas, then the resources of each type that is a role
 * or an entitlement. The order is strict; a failure keeps provisioning from being enabled.
 */
export async function discoverEntitlements(engine: Engine): Promise<void> {
  const types = await list(engine, '/ResourceTypes');
  await list(engine, '/Schemas');
  const found = [];
  for (const type of types) {
    if (!grantSchemas.includes(String(type.schema))) continue;
    const endpoint = String(type.endpoint);
    const values = await list(engine, endpoint, true);
    found.push({ name: String(type.name), endpoint, values: values.map(({ id }) => String(id)) });
  }
  engine.state.app.entitlementTypes = found;
  log(engine, 'application.configuration.import_schema', `${found.length} entitlement types`);
}

async function list(engine: Engine, path: string, paged = false): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let startIndex = 1; ; startIndex += 100) {
    const query: [string, number][] = [
      ['startIndex', startIndex],
      ['count', 100],
    ];
    const answer = await engine.client.send({ method: 'GET', path, ...(paged && { query }), subject: 'discovery' });
    requireSuccess(answer);
    const body = answer.json as { Resources?: unknown; totalResults?: unknown } | undefined;
    const resources = Array.isArray(answer.json) ? answer.json : body?.Resources;
    if (!Array.isArray(resources)) throw new ProvisioningFailure(answer.jsonError ?? `${path} returned no list`);
    all.push(...resources);
    if (!paged || resources.length === 0 || all.length >= Number(body?.totalResults ?? 0)) return all;
  }
}
