import { type Static, Type } from 'typebox';
import { named, oneOf, Time } from './parts.ts';

export const Connection = named('Connection', {
  id: Type.String(),
  provider: Type.String(),
  scimProfile: Type.String({ description: 'How it reads what the provider sends.' }),
  state: oneOf(['off', 'observing', 'on', 'paused']),
  scimBaseUrl: Type.String(),
  createdAt: Time,
  updatedAt: Time,
});
export type Connection = Static<typeof Connection>;

export const ConnectionChange = named('ConnectionChange', {
  state: oneOf(['off', 'on'], 'Off refuses the provider’s requests; everything provisioned stays.'),
});
