import { integer, pick } from './random.ts';
import type { UserProfile } from './state.ts';

export type Person = UserProfile & { displayName: string; title: string; department: string };

export type CompanyGroup = { name: string; members: number[] };

/** People by number, and groups as numbers of people. */
export type Company = { people: Person[]; groups: CompanyGroup[] };

// biome-ignore format: one name per line would hide the list
const firstNames = [
  'Ada', 'José', 'Zoë', 'Siobhán', 'Łukasz', 'Anaïs', 'Søren', 'Nguyễn', 'Chloë', 'Björn', 'Mei', 'Amara', 'Renée', 'Olu',
  'Ines', 'Jürgen', 'Priya', 'Tomáš', 'Aoife', 'Noor', 'Márta', 'Kwame', 'Françoise', 'Elif', 'Yuki', 'Dmitri', 'Leilani', 'Sam',
];
// biome-ignore format: as above
const lastNames = [
  'Byron', "O'Brien", 'Müller', "D'Angelo", 'García Márquez', 'van der Berg', 'Łoś', 'Ibáñez', 'Smith-Jones', 'Øster', 'Tran',
  'Okafor', 'Çelik', "N'Diaye", 'Novák', 'Sato', 'de la Cruz', 'Ó Súilleabháin', 'Petrov', 'Kahale', 'Dubois', 'Nagy', 'Mensah',
];
const departments = ['Engineering', 'Sales', 'Finance', 'Support', 'Design', 'Legal', 'People & Culture', 'Data'];
const titles = ['Analyst', 'Engineer', 'Lead', 'Manager', 'Director', 'Associate', 'Senior Engineer', 'Vice President'];
// biome-ignore format: as above
const teams = [
  'Platform', 'Growth', 'Payments', 'Research', 'On call', 'Reviewers', 'Release', 'Security', 'Analytics', 'Office', 'Élan', 'R&D',
];
const locales = ['en-US', 'fr-FR', 'de-DE', 'pt-BR', 'ja-JP'];

/**
 * A company that is the same for the same seed: people with accents, apostrophes, names of several words
 * and plus-addresses; titles, departments, managers and phones that some have and some have not; groups
 * of the given sizes whose members overlap.
 */
export function makeCompany(
  seed: string,
  peopleCount: number,
  groupSizes: readonly number[],
  domain = 'acme.example',
): Company {
  const people = Array.from({ length: peopleCount }, (_, number) => makePerson(seed, number, domain));
  const groups = groupSizes.map((size, number) => ({
    name: groupName(number),
    members: sample(seed, number, Math.min(size, peopleCount), peopleCount),
  }));
  return { people, groups };
}

/** Sizes from the smallest to the largest, in even steps of the ratio between them. */
export function groupSizes(count: number, smallest: number, largest: number): number[] {
  if (count <= 1) return count === 1 ? [largest] : [];
  const ratio = (largest / smallest) ** (1 / (count - 1));
  return Array.from({ length: count }, (_, at) => Math.round(smallest * ratio ** at));
}

/** One person of a company; the number makes the login unique. */
export function makePerson(seed: string, number: number, domain = 'acme.example'): Person {
  const firstName = pick(firstNames, seed, 'first', number);
  const lastName = pick(lastNames, seed, 'last', number);
  const department = pick(departments, seed, 'department', number);
  const has = (what: string, share: number): boolean => integer(100, seed, what, number) < share;
  // One in nine signs in with a plus-address, one in eleven keeps an upper-case letter.
  const tag = has('plus', 11) ? `+${lettersOnly(department)}` : '';
  const given = has('spelled', 9) ? plain(firstName) : plain(firstName).toLowerCase();
  const local = `${given}.${plain(lastName).toLowerCase().replaceAll(' ', '')}`;
  const email = `${local}${number}${tag}@${domain}`;
  const manager = number === 0 ? undefined : integer(Math.max(1, Math.floor(number / 7)), seed, 'manager', number);
  return {
    login: email,
    email,
    firstName,
    lastName,
    displayName: `${firstName} ${lastName}`,
    title: pick(titles, seed, 'title', number),
    department,
    locale: pick(locales, seed, 'locale', number),
    employeeNumber: String(1000 + number),
    ...(manager !== undefined && { managerId: String(1000 + manager) }),
    ...(has('phone', 40) && { primaryPhone: `+1 415 555 ${String(number % 10_000).padStart(4, '0')}` }),
    ...(has('mobile', 30) && { mobilePhone: `+44 7700 ${String(900_000 + number)}` }),
    ...(has('second', 15) && { secondEmail: `${lettersOnly(lastName)}${number}@home.example` }),
    ...(has('address', 20) && { streetAddress: `${number + 1} Rue de l'Église`, city: 'Montréal', countryCode: 'CA' }),
    ...(has('cost', 50) && { costCenter: `CC-${integer(20, seed, 'cost center', number)}` }),
  };
}

function groupName(number: number): string {
  const round = Math.floor(number / teams.length);
  const name = teams[number % teams.length] ?? 'Team';
  return round === 0 ? name : `${name} ${round + 1}`;
}

/** Numbers below `of`, each at most once, in ascending order. */
function sample(seed: string, key: number, size: number, of: number): number[] {
  const numbers = Array.from({ length: of }, (_, number) => number);
  for (let at = 0; at < size; at += 1) {
    const other = at + integer(of - at, seed, 'member', key, at);
    [numbers[at], numbers[other]] = [numbers[other]!, numbers[at]!];
  }
  return numbers.slice(0, size).sort((left, right) => left - right);
}

/** Letters without their marks, as a company writes them in addresses. */
function plain(name: string): string {
  const marks = /\p{Mn}/gu;
  return name
    .normalize('NFD')
    .replace(marks, '')
    .replaceAll('Ł', 'L')
    .replaceAll('ł', 'l')
    .replaceAll('Ø', 'O')
    .replaceAll('ø', 'o');
}

function lettersOnly(name: string): string {
  return plain(name)
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '');
}
