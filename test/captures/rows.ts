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
  okta: [
    ...numbered('OK', 1, 14),
    // Sections of the description of Okta's client on the wire.
    ...['3', '4', '4.3', '5', '5.1', '5.2', '6', '6.1', '7', '8', '9', '10.1', '10.2', '11.1', '11.2', '11.3', '11.4'],
    ...['11.5', '11.6', '11.7', '12', '13', '14', '15', '16'],
  ],
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
  '9': { because: 'what an admin starts by hand sends the sequences of §4 and §5 again' },
  '11.5': { because: 'pausing a pushed group sends nothing' },
  '14': { heldBy: 'test/http/scim-roles.test.ts' },
  '15': { because: 'what Okta does with an answer; test/okta-sim plays it against Rollcall' },
  '16': { because: 'order and speed of what the other sections send; test/okta-sim plays it against Rollcall' },
  G3: { because: 'the shapes are not public; Google is met as a client of the RFC, which test/rfc holds' },
  OK11: { heldBy: 'test/scim/errors.test.ts' },
  P6: { heldBy: 'test/captures/captures.test.ts' },
};

/**
 * What a provider is known to expect and Rollcall does not do, and why not. The capture of the row shows what it does instead.
 */
export const otherwise: Record<string, { expects: string; because: string }> = {
  O5: {
    expects: 'that the first address is the primary one',
    because: 'what is not said to be primary is not (RFC 7643 §2.4)',
  },
  K2: {
    expects: 'that the first address is the primary one',
    because: 'what is not said to be primary is not (RFC 7643 §2.4)',
  },
};

function numbered(letter: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${letter}${first + index}`);
}
