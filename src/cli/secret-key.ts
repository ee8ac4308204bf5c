import type { Config } from '../config.ts';
import { readKeyFile } from './key-file.ts';

/** The key of the installation's secrets: the one that is set, or the data directory's. */
export async function readSecretKey(config: Config): Promise<string> {
  return (
    config.secretKey ?? (await readKeyFile(config, { name: 'secret.key', prefix: 'rcs_', title: 'The secret key' }))
  );
}
