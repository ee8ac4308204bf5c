/**
 * Remembers something that each organization has one of, and that has a version. The version comes with what is read of a
 * credential, so that a change is seen by every process as soon as a revocation would be; only then is the thing itself read.
 *
 * @param read finds the newest one
 * @param most organizations whose things are remembered at once
 */
export function rememberByVersion<T extends { version: number }>(
  read: (orgId: string) => Promise<T>,
  most: number,
): (orgId: string, version: number) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return async (orgId, version) => {
    const held = await known.get(orgId)?.catch(() => undefined);
    if (held !== undefined && held.version >= version) return held;
    const found = read(orgId);
    known.delete(orgId);
    known.set(orgId, found);
    const oldest = known.keys().next().value;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return await found;
  };
}
