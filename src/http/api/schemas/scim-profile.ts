import { type Static, Type } from 'typebox';
import { profileNames } from '../../../scim/profiles.ts';
import { closed, named, oneOf } from './parts.ts';

const ProfileWord = oneOf(profileNames, 'What the SCIM endpoint accepts beyond the RFCs.');

export const ScimProfile = named('ScimProfile', {
  scimProfile: ProfileWord,
  says: Type.String({ description: 'For whom it is.' }),
  accepts: Type.Array(closed({ name: Type.String(), says: Type.String() }), {
    description: 'The deviations from the RFCs that it accepts, by the names that the request log shows.',
  }),
});
export type ScimProfile = Static<typeof ScimProfile>;

export const ScimProfileChange = named('ScimProfileChange', { scimProfile: ProfileWord });
