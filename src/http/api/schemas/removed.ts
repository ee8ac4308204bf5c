import { type Static, Type } from 'typebox';
import { listOf, named, nullable, oneOf, Time } from './parts.ts';

/** Somebody, or a team, that was removed and can be brought back. */
export const Removed = named('Removed', {
  kind: oneOf(['member', 'team']),
  id: Type.String(),
  name: Type.String({ description: 'The userName of the person, or the name of the team.' }),
  removedAt: Time,
  rememberedUntil: Type.String({ format: 'date-time', description: 'Until then it can be brought back.' }),
  by: nullable(Type.String({ description: 'Who removed it, in words; null if the event is no longer kept.' })),
  event: nullable(Type.Integer({ description: 'The number of the event.' })),
});
export type Removed = Static<typeof Removed>;

export const RemovedList = listOf('RemovedList', Removed);
export type RemovedList = Static<typeof RemovedList>;
