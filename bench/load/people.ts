/**
 * The people of the load, numbered from 0, and the messages in which Okta speaks of them. Names and ids follow from the
 * number alone, so that every server gets the same bytes.
 */

const givenNames = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Tony', 'Radia', 'Leslie'];
const familyNames = ['Lovelace', 'Hopper', 'Turing', 'Dijkstra', 'Liskov', 'Knuth', 'Allen', 'Hoare', 'Perlman'];

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export const userName = (number: number): string => `person.${number}@acme.example`;

/** What Okta knows of a person. */
export const person = (number: number) => {
  const givenName = givenNames[number % givenNames.length];
  const familyName = `${familyNames[number % familyNames.length]}-${number}`;
  return {
    schemas: [userSchema, enterpriseSchema],
    userName: userName(number),
    name: { givenName, familyName },
    emails: [{ primary: true, value: userName(number), type: 'work' }],
    displayName: `${givenName} ${familyName}`,
    locale: 'en-US',
    externalId: `00u${String(number).padStart(17, '0')}`,
    [enterpriseSchema]: { department: `Department ${number % 40}`, employeeNumber: String(100_000 + number) },
    groups: [],
  };
};

/** The body of the POST with which Okta creates a person. */
export const creation = (number: number): string =>
  JSON.stringify({ ...person(number), password: 'k3T9wQz1', active: true });

/** The body of a PUT: the whole person with another title, `id` and `active` as a GET returns them. */
export const replacement = (number: number, id: string, active: boolean, title: string): string =>
  JSON.stringify({ ...person(number), id, title, active });

/** The lookup that precedes every assignment. */
export const lookUp = (number: number): string =>
  `/Users?filter=userName%20eq%20%22${encodeURIComponent(userName(number))}%22&startIndex=1&count=100`;

const patch = (operation: object): string => JSON.stringify({ schemas: [patchSchema], Operations: [operation] });

export const activation = (active: boolean): string => patch({ op: 'replace', value: { active } });

export const emptyGroup = (displayName: string): string =>
  JSON.stringify({ schemas: [groupSchema], displayName, members: [] });

/** Puts people, given as [number, id], into a group. */
export const joining = (people: readonly (readonly [number, string])[]): string =>
  patch({
    op: 'add',
    path: 'members',
    value: people.map(([number, id]) => ({ value: id, display: userName(number) })),
  });

export const leaving = (id: string): string => patch({ op: 'remove', path: `members[value eq "${id}"]` });
