import type { ListedRule, AddressList as Rules } from '../../organization/address-lists.ts';
import { changeAddresses, importOktaRanges } from '../../provisioning/change-addresses.ts';
import { findAddressList } from '../../store/address-lists.ts';
import { actingOf, organizationOf } from './caller.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { AddressList, NewAddressList, OktaRanges } from './schemas/addresses.ts';
import { OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Addresses'];
const write = { guard: 'management', scope: 'connection:write' } as const;

/** From which addresses an organization is reached. */
export function addressRoutes(api: TypedInstance, { app, now }: ApiOptions): void {
  const path = '/organizations/:organization/addresses';

  api.get(
    path,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'readAddresses',
        summary: 'Read the lists of addresses',
        tags,
        params: OrganizationParams,
        response: { 200: AddressList },
      },
    },
    async (request, reply) => {
      const list = shown(await findAddressList(app, organizationOf(request).id));
      reply.header('etag', entityTag(list));
      return list;
    },
  );

  api.put(
    path,
    {
      config: write,
      schema: {
        operationId: 'setAddresses',
        summary: 'Set the lists of addresses',
        description:
          'Among the ranges that hold an address the narrowest decides. The lists hold within a second in every process. With `If-Match` only the lists that were read are replaced. ' +
          'A range may be in one list only, and a key cannot shut out the address that it is used from.',
        tags,
        params: OrganizationParams,
        body: NewAddressList,
        response: { 200: AddressList },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { appliesTo, allow, deny } = request.body;
      const allowed = allow.map((each) => ruleOf(each, 'allow'));
      const denied = deny.map((each) => ruleOf(each, 'deny'));
      const change = (before: Rules) => {
        assertMatch(request, shown(before));
        return { appliesTo, rules: [...allowed, ...denied] };
      };
      const placeOf = (rule: ListedRule) =>
        `/${rule.effect}/${(rule.effect === 'allow' ? allowed : denied).indexOf(rule)}/range`;
      const list = shown(await changeAddresses(app, org, change, actingOf(request, now()), placeOf));
      reply.header('etag', entityTag(list));
      return list;
    },
  );

  api.post(
    `${path}/okta-ranges`,
    {
      config: write,
      schema: {
        operationId: 'importOktaRanges',
        summary: 'Allow the ranges that Okta publishes',
        description: 'They take the place of those that were imported before; the ranges that admins listed stay.',
        tags,
        params: OrganizationParams,
        body: OktaRanges,
        response: { 200: AddressList },
      },
    },
    async (request, reply) => {
      const { document, cells = [] } = request.body;
      const list = shown(
        await importOktaRanges(app, organizationOf(request), { document, cells }, actingOf(request, now())),
      );
      reply.header('etag', entityTag(list));
      return list;
    },
  );
}

const ruleOf = (
  { range, note, source }: NewAddressList['allow'][number],
  effect: ListedRule['effect'],
): ListedRule => ({
  range,
  effect,
  ...(note == null ? {} : { note }),
  ...(source == null ? {} : { source }),
});

function shown({ appliesTo, rules }: Rules): AddressList {
  const those = (effect: ListedRule['effect']) =>
    rules
      .filter((rule) => rule.effect === effect)
      .map(({ range, note, source }) => ({ range, note: note ?? null, source: source ?? null }));
  return { appliesTo, allow: those('allow'), deny: those('deny') };
}
