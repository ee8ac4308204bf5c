/** The smallest UUIDv7 of a moment (RFC 9562 §5.7): 48 bits of milliseconds, the version, and nothing. */
export function firstIdAt(moment: Date): string {
  const hex = moment.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
