import { type Static, Type } from 'typebox';
import { closed, listOf, named, nullable, OrganizationParams, oneOf, Time } from './parts.ts';

export const DomainName = Type.String({ minLength: 3, maxLength: 255, description: 'Such as `acme.example`.' });

export const Domain = named('Domain', {
  name: Type.String({ description: 'In the form of the DNS: IDNA ASCII, lower case.' }),
  state: oneOf(['pending', 'verified', 'lost']),
  record: named(
    'DomainRecord',
    { name: Type.String(), type: oneOf(['TXT']), value: Type.String() },
    'What to put into the DNS.',
  ),
  createdAt: Time,
  checkedAt: nullable(Time),
  provenAt: Type.Union([Time, Type.Null()], { description: 'When the record was last there.' }),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'What the last look at the DNS found instead.' }),
});
export type Domain = Static<typeof Domain>;

export const DomainList = listOf('DomainList', Domain);
export type DomainList = Static<typeof DomainList>;

export const NewDomain = closed({ name: DomainName });

export const DomainParams = closed({ ...OrganizationParams.properties, domain: DomainName });
