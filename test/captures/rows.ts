/**
 * What is known of how each provider speaks SCIM, row by row of the catalog that src/scim/quirks.ts cites. A row has a
 * capture, a file whose name begins with its id, or stands in `elsewhere` with what holds it or why nothing could.
 */
export const rows: Record<string, readonly string[]> = {
  entra: [
    ...numbered('E', 1, 11),
    ...numbered('E', 20, 43),
    ...numbered('E', 50, 54),
    ...numbered('E', 60, 70),
    ...numbered('E', 80, 84),
  ],
  onelogin: numbered('O', 1, 7),
  jumpcloud: numbered('J', 1, 5),
  ping: numbered('P', 1, 6),
  google: numbered('G', 1, 3),
  authentik: numbered('A', 1, 9),
  keycloak: numbered('K', 1, 6),
  okta: numbered('OK', 1, 14),
};

export type Elsewhere =
  /** Path of a test file that names the row. */
  | { heldBy: string }
  /** Why there is nothing to show. */
  | { because: string };

export const elsewhere: Record<string, Elsewhere> = {
  E68: { heldBy: 'test/captures/captures.test.ts' },
  E81: {
    because: 'what Entra does when most of its calls fail; a server can only answer well, which the other rows hold',
  },
  G3: { because: 'the shapes are not public; Google is met as a client of the RFC, which test/rfc holds' },
  OK11: { heldBy: 'test/scim/errors.test.ts' },
  P6: { heldBy: 'test/captures/captures.test.ts' },
};

function numbered(letter: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${letter}${first + index}`);
}
