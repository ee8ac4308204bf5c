import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/cli/program.ts';
import { startRollcall } from '../rollcall.ts';

test('what is refused is refused for its own reason', async () => {
  await using rollcall = await startRollcall();
  await rollcall.organization({ slug: 'acme' });
  const other = await rollcall.organization({ slug: 'globex' });
  const { body } = await other.scim('POST', '/Users', { userName: 'eve@globex.example', active: true });
  const refusalOf = async (args: string[], databaseUrl = rollcall.db.connectionString): Promise<string> => {
    let said = '';
    const err = (text: string): void => {
      said += text;
    };
    const env = { ROLLCALL_DATABASE_URL: databaseUrl };
    assert.equal(await run(args, { env, out: () => undefined, err, isTerminal: false }), 1, said);
    return said;
  };
  assert.match(await refusalOf(['as-of', 'acme', '2999-01-01T00:00:00Z']), /^rollcall: The time is still to come\.\n$/);
  for (const id of ['01a22c85-99f2-714f-aa45-000000000000', body.id as string]) {
    assert.match(await refusalOf(['member', 'return', 'acme', id]), /^rollcall: No removed member .* is remembered/);
  }
  const elsewhere = (change: (url: URL) => void): string => {
    const url = new URL(rollcall.db.connectionString);
    change(url);
    return url.href;
  };
  const noDatabase = elsewhere((url) => {
    url.pathname = '/nodb';
  });
  const noRole = elsewhere((url) => {
    url.searchParams.set('user', 'nobody_here');
  });
  for (const url of [noDatabase, noRole]) {
    const said = await refusalOf(['org', 'list'], url);
    assert.match(
      said,
      /^rollcall: PostgreSQL at .* lets nobody in like this \(.*(?:nodb|nobody_here).*\): check the user, .*\.\n$/,
    );
  }
});
