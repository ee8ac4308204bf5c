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

export const userName = (person: number): string => `person.${person}@acme.example`;

const attributes = (person: number) => {
  const givenName = givenNames[person % givenNames.length];
  const familyName = `${familyNames[person % familyNames.length]}-${person}`;
  return {
    schemas: [userSchema, enterpriseSchema],
    userName: userName(person),
    name: { givenName, familyName },
    emails: [{ primary: true, value: userName(person), type: 'work' }],
    displayName: `${givenName} ${familyName}`,
    locale: 'en-US',
    externalId: `00u${String(person).padStart(17, '0')}`,
    [enterpriseSchema]: { department: `Department ${person % 40}`, employeeNumber: String(100_000 + person) },
    groups: [],
  };
};

/** The body of the POST with which Okta creates a person. */
export const creation = (person: number): string =>
  JSON.stringify({ ...attributes(person), password: 'k3T9wQz1', active: true });

/** The body of a PUT: the whole person with another title, `id` and `active` as a GET returns them. */
export const replacement = (person: number, id: string, active: boolean, title: string): string =>
  JSON.stringify({ ...attributes(person), id, title, active });

/** The lookup that precedes every assignment. */
export const lookUp = (person: number): string =>
  `/Users?filter=userName%20eq%20%22${encodeURIComponent(userName(person))}%22&startIndex=1&count=100`;

const patch = (operation: object): string => JSON.stringify({ schemas: [patchSchema], Operations: [operation] });

export const activation = (active: boolean): string => patch({ op: 'replace', value: { active } });

export const emptyGroup = (displayName: string): string =>
  JSON.stringify({ schemas: [groupSchema], displayName, members: [] });

/** Puts people, given as [number, id], into a group. */
export const joining = (people: readonly (readonly [number, string])[]): string =>
  patch({
    op: 'add',
    path: 'members',
    value: people.map(([person, id]) => ({ value: id, display: userName(person) })),
  });

export const leaving = (id: string): string => patch({ op: 'remove', path: `members[value eq "${id}"]` });
