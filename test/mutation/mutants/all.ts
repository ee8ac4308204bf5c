import type { Mutant } from '../mutant.ts';
import { bulkMutants } from './bulk.ts';
import { changeMutants } from './changes.ts';
import { exchangeMutants } from './exchanges.ts';
import { queryMutants } from './queries.ts';
import { schemaMutants } from './schemas.ts';

export const allMutants: readonly Mutant[] = [
  ...schemaMutants,
  ...queryMutants,
  ...changeMutants,
  ...bulkMutants,
  ...exchangeMutants,
];
