/**
 * Lists of addresses that may or may not reach an organization (behaviors.md B21, B22). Among the ranges that hold an address
 * the narrowest decides. An address in no range is let in, unless some range is allowed: then only what is allowed comes in.
 */

/** A range in CIDR notation, IPv4 or IPv6; a bare address is a range of one. */
export type AddressRule = { readonly range: string; readonly effect: 'allow' | 'deny' };

/** Whether an address may come in; where it may not, the rule that says so, or undefined for one in no allowed range. */
export type AddressVerdict =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly deniedBy: AddressRule | undefined };

export type AddressCheck = (address: string) => AddressVerdict;

type Range = { readonly bits: 32 | 128; readonly first: bigint; readonly prefix: number };

const allowed: AddressVerdict = { isAllowed: true };

/**
 * Makes the check of addresses by these rules, whose ranges are as `canonicalRange` returned them. It costs one look for each
 * length of prefix that the rules have, however many rules there are.
 */
export function addressCheck(rules: readonly AddressRule[]): AddressCheck {
  const byLength = new Map<string, Map<bigint, AddressRule>>();
  const lengths: { bits: number; prefix: number; rules: Map<bigint, AddressRule> }[] = [];
  for (const rule of rules) {
    const range = parseRange(rule.range);
    if (range === undefined) continue;
    const key = `${range.bits}/${range.prefix}`;
    let held = byLength.get(key);
    if (held === undefined) {
      held = new Map();
      byLength.set(key, held);
      lengths.push({ bits: range.bits, prefix: range.prefix, rules: held });
    }
    held.set(range.first, rule);
  }
  lengths.sort((one, other) => other.prefix - one.prefix);
  const onlyAllowed = rules.some(({ effect }) => effect === 'allow');

  return (text) => {
    const address = parseAddress(text);
    for (const { bits, prefix, rules: held } of lengths) {
      if (address === undefined || bits !== address.bits) continue;
      const rule = held.get(firstOf(address.value, bits, prefix));
      if (rule !== undefined) return rule.effect === 'allow' ? allowed : { isAllowed: false, deniedBy: rule };
    }
    return onlyAllowed ? { isAllowed: false, deniedBy: undefined } : allowed;
  };
}

/**
 * A range as it is stored and compared: `10.1.0.0/16`, `2001:db8::/32`, `192.0.2.7/32` for a bare address.
 *
 * @returns what is wrong with the text, for people, if it is no range
 */
export function canonicalRange(text: string): { range: string } | { problem: string } {
  const range = parseRange(text.trim());
  if (range === undefined) {
    return { problem: `${JSON.stringify(text)} is no range of addresses such as 192.0.2.0/24 or 2001:db8::/32` };
  }
  const first = firstOf(range.first, range.bits, range.prefix);
  const written = `${printAddress(first, range.bits)}/${range.prefix}`;
  if (first === range.first) return { range: written };
  return { problem: `${JSON.stringify(text)} begins in the middle of a range: the range is ${written}` };
}

function parseRange(text: string): Range | undefined {
  const [addressText = '', prefixText, more] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || more !== undefined) return undefined;
  if (prefixText === undefined) return { bits: address.bits, first: address.value, prefix: address.bits };
  // An IPv4 address in the clothes of IPv6 has the prefix of its own family behind it.
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (prefix < 0 || prefix > address.bits) return undefined;
  return { bits: address.bits, first: address.value, prefix };
}

function firstOf(value: bigint, bits: number, prefix: number): bigint {
  const rest = BigInt(bits - prefix);
  return (value >> rest) << rest;
}

type Address = { readonly bits: 32 | 128; readonly value: bigint };

/** An IPv4 address that came over IPv6 (::ffff:192.0.2.1) is the IPv4 address. A zone (%eth0) says nothing about who it is. */
function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  const value = parseIpv6(text.split('%', 1)[0] ?? '');
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  const isOctet = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  if (parts.length !== 4 || !parts.every(isOctet)) return undefined;
  return { bits: 32, value: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<bigint>(Math.max(0, missing)).fill(0n), ...(tail ?? [])];
  return groups.reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** The groups of 16 bits of a part of an IPv6 address, whose last ones may be written as an IPv4 address. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [place, part] of parts.entries()) {
    const ipv4 = place === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4.value >> 16n, ipv4.value & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

/** RFC 5952: the longest run of zeros, if it has more than one group, is `::`. */
function printAddress(value: bigint, bits: 32 | 128): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, place) => ((value >> BigInt(112 - 16 * place)) & 0xffffn).toString(16));
  let [from, length] = [0, 0];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === '0') end++;
    if (end - start > length) [from, length] = [start, end - start];
  }
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}
