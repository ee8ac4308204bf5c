/**
 * Writes the documents that are computed from the code, so that they cannot go stale: `npm run generate`. The checks run
 * it and want no difference.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { apiDocument, openApiDocument } from './generated/api.ts';
import { behaviorsDocument } from './generated/behaviors.ts';
import { conformanceDocument } from './generated/conformance.ts';
import { edgesDocument } from './generated/edges.ts';
import { errorsDocument } from './generated/errors.ts';
import { lifecycleDocument } from './generated/lifecycle.ts';
import { policyDocument } from './generated/policy.ts';
import { providersDocument } from './generated/providers.ts';
import { schemaDocument } from './generated/schema.ts';
import { securityDocument } from './generated/security.ts';
import { tolerancesDocument } from './generated/tolerances.ts';

const documents: Record<string, () => string | Promise<string>> = {
  'docs/reference/api.md': apiDocument,
  'docs/reference/openapi.json': openApiDocument,
  'docs/reference/behaviors.md': behaviorsDocument,
  'docs/reference/conformance.md': conformanceDocument,
  'docs/reference/decisions-on-edges.md': edgesDocument,
  'docs/reference/errors.md': errorsDocument,
  'docs/reference/lifecycle.md': lifecycleDocument,
  'docs/reference/policy.md': policyDocument,
  'docs/reference/providers.md': providersDocument,
  'docs/reference/security.md': securityDocument,
  'docs/reference/tolerances.md': tolerancesDocument,
  'migrations/schema.sql': schemaDocument,
};

await mkdir(fileURLToPath(new URL('reference', import.meta.url)), { recursive: true });
for (const [path, print] of Object.entries(documents)) {
  await writeFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), await print());
}
