import type { PresetName } from '../../src/organization/presets.ts';
import { type BesideGlobex, besideGlobex, createUser } from '../http/beside-globex.ts';
import { apiClient, type Scim } from '../rollcall.ts';

/** Acme under the preset of a product, beside Globex, with the management API of Acme as the operator calls it. */
export type UnderPreset = BesideGlobex & {
  readonly api: Scim;
  /** What a member, a team or a list of the API says. */
  readonly read: (path: string) => Promise<Record<string, unknown>>;
  readonly items: (path: string) => Promise<Record<string, unknown>[]>;
  /** Creates a user as the provider does, who accepts where the preset invites, and returns the id. */
  readonly createPerson: (name: string, changes?: Record<string, unknown>) => Promise<string>;
  /** Makes a local person as the operator may at any time, who accepts as well, and returns the id. */
  readonly addPerson: (name: string, more?: Record<string, unknown>) => Promise<string>;
  /** Makes a local team and returns its id. */
  readonly addTeam: (name: string) => Promise<string>;
};

/** @param settings what deviates from the preset, where a line is about an admin who has changed it */
export function underPreset(preset: PresetName, settings: Record<string, string> = {}): UnderPreset {
  const here = besideGlobex({ preset, ...settings });
  const api: Scim = (method, path, ...rest) =>
    apiClient(here.rollcall.url, here.rollcall.operatorKey)(method, `/organizations/acme${path}`, ...rest);
  const made = async (path: string, body: Record<string, unknown>) => {
    const answer = await api('POST', path, body);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body.id as string;
  };
  const accepted = async (id: string) => {
    await api('POST', `/members/${id}/accept`);
    return id;
  };
  return {
    get rollcall() {
      return here.rollcall;
    },
    get acme() {
      return here.acme;
    },
    api,
    read: async (path) => (await api('GET', path)).body,
    items: async (path) => (await api('GET', path)).body.items as Record<string, unknown>[],
    createPerson: async (name, changes) => await accepted(await createUser(here.acme, name, changes)),
    addPerson: async (name, more = {}) =>
      await accepted(await made('/members', { userName: `${name}@acme.example`, breakGlass: true, ...more })),
    addTeam: (name) => made('/teams', { name }),
  };
}
