/**
 * Whether mail can be addressed to a text: one plain address of ASCII characters (RFC 5321 §4.1.2 without quoted local parts
 * and address literals). Identity providers send anything as an address; what could add a recipient or a header is none.
 */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && plainAddress.test(text);
}

const plainAddress =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
