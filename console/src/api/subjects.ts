/** People and teams alike, each named by its path below the organization. */
import { pathOf, sendWithKeptKey } from './transport.ts';

export type SubjectKind = 'member' | 'team';

/** The path of a person or a team below its organization. */
export const subjectPath = (kind: SubjectKind, id: string) => `${kind}s/${encodeURIComponent(id)}`;

/** Opens the locks on a person or a team for some hours; none closes them. */
export async function unlock(slug: string, path: string, hours: number): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/${path}/unlock`, { hours });
}
