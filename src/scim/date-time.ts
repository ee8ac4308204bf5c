/** xsd:dateTime, the form of every date in SCIM (RFC 7643 §2.3.5). */

/** Longer texts would only be digits after the second, which no database keeps. */
const textLengthMax = 40;

/** Milliseconds since 1970 of a dateTime, or undefined if the text is not one. A time without a zone is read as UTC. */
export function instantOf(text: string): number | undefined {
  if (text.length > textLengthMax) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined;
  if (text[10] !== 'T' && text[10] !== 't') return undefined;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  let end = 19;
  if (text[end] === '.') {
    end++;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end === 20) return undefined;
  }
  const offsetMinutes = zoneOffsetMinutes(text.slice(end));
  if (offsetMinutes === undefined) return undefined;
  const fraction = end > 20 ? Number(`0${text.slice(19, end)}`) * 1000 : 0;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime() + fraction - offsetMinutes * 60_000;
}

/** The dateTime with its zone written out, for readers who would take theirs. */
export function withZone(text: string): string {
  return instantOf(`${text}Z`) === undefined ? text : `${text}Z`;
}

function zoneOffsetMinutes(zone: string): number | undefined {
  if (zone === '' || zone === 'Z' || zone === 'z') return 0;
  const hours = digits(zone, 1, 2);
  const minutes = digits(zone, 4, 2);
  if (zone.length !== 6 || zone[3] !== ':' || hours === undefined || minutes === undefined) return undefined;
  if (hours > 14 || minutes > 59) return undefined;
  if (zone[0] === '+') return hours * 60 + minutes;
  return zone[0] === '-' ? -(hours * 60 + minutes) : undefined;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function digits(text: string, start: number, count: number): number | undefined {
  let value = 0;
  for (let index = start; index < start + count; index++) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return undefined;
    value = value * 10 + code - 0x30;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
