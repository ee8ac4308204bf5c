import { readFileSync } from 'node:fs';

/** The operations of the management API that are not mere reads, by their ids, in alphabetical order. */
export function writingOperations(): string[] {
  const { paths } = JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  return Object.values(paths)
    .flatMap((methods) =>
      Object.entries(methods).flatMap(([method, { operationId }]) => (method === 'get' ? [] : [operationId])),
    )
    .sort();
}
