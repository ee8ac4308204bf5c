import type { AddressList } from '../../../src/http/api/schemas/addresses.ts';

/** For whom the lists can hold. One of a newer server is shown by its name. */
export const appliesTo: Record<AddressList['appliesTo'], { label: string; description: string }> = {
  nothing: { label: 'nobody', description: 'The lists wait until they are turned on.' },
  scim: { label: 'the identity provider', description: 'Requests to the SCIM endpoint.' },
  'scim-and-api': {
    label: 'the identity provider and API keys',
    description: 'Requests to the management API as well. The operator key comes from anywhere.',
  },
};

export const appliesToText = (to: AddressList['appliesTo']): string => appliesTo[to]?.label ?? to;
