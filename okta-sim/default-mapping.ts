import { coreUser, enterpriseUser, type MappedAttribute } from './attribute-mapping.ts';

/** The mapping that Okta gives a new custom app, in the order in which its values go on the wire. */
export const defaultMapping: MappedAttribute[] = [
  core('givenName', 'name.givenName', 'user.firstName'),
  core('familyName', 'name.familyName', 'user.lastName'),
  core('middleName', 'name.middleName', 'user.middleName'),
  core('honorificPrefix', 'name.honorificPrefix', 'user.honorificPrefix'),
  core('honorificSuffix', 'name.honorificSuffix', 'user.honorificSuffix'),
  core('email', 'emails.^[primary==true].value', 'user.email'),
  core('emailType', 'emails.^[primary==true].type', typeUnlessEmpty('email', 'work')),
  core('secondEmail', 'emails.^[primary==false].value', 'user.secondEmail'),
  core('secondEmailType', 'emails.^[primary==false].type', typeUnlessEmpty('secondEmail', 'home')),
  core('title', 'title', 'user.title'),
  core('displayName', 'displayName', 'user.displayName'),
  core('nickName', 'nickName', 'user.nickName'),
  core('profileUrl', 'profileUrl', 'user.profileUrl'),
  core('primaryPhone', 'phoneNumbers.^[primary==true].value', 'user.primaryPhone'),
  core('primaryPhoneType', 'phoneNumbers.^[primary==true].type', typeUnlessEmpty('primaryPhone', 'work')),
  core('mobilePhone', 'phoneNumbers.^[type==mobile].value', 'user.mobilePhone'),
  core('streetAddress', 'addresses.^[primary==true].streetAddress', 'user.streetAddress'),
  core('locality', 'addresses.^[primary==true].locality', 'user.city'),
  core('region', 'addresses.^[primary==true].region', 'user.state'),
  core('postalCode', 'addresses.^[primary==true].postalCode', 'user.zipCode'),
  core('country', 'addresses.^[primary==true].country', 'user.countryCode'),
  core('addressType', 'addresses.^[primary==true].type', typeUnlessEmpty('streetAddress', 'work')),
  core('preferredLanguage', 'preferredLanguage', 'user.preferredLanguage'),
  core('locale', 'locale', 'user.locale'),
  core('timezone', 'timezone', 'user.timezone'),
  core('userType', 'userType', 'user.userType'),
  enterprise('employeeNumber', 'employeeNumber', 'user.employeeNumber'),
  enterprise('costCenter', 'costCenter', 'user.costCenter'),
  enterprise('organization', 'organization', 'user.organization'),
  enterprise('division', 'division', 'user.division'),
  enterprise('department', 'department', 'user.department'),
  enterprise('managerValue', 'manager.value', 'user.managerId'),
  enterprise('managerDisplayName', 'manager.displayName', 'user.manager'),
];

/** The four attributes to which Pulumi's guide cuts the mapping (behaviors.md P11). */
export const minimalMapping: MappedAttribute[] = defaultMapping.filter(({ name }) =>
  ['givenName', 'familyName', 'displayName', 'email', 'emailType'].includes(name),
);

function core(name: string, externalName: string, from: string): MappedAttribute {
  return { name, externalName, externalNamespace: coreUser, from };
}

function enterprise(name: string, externalName: string, from: string): MappedAttribute {
  return { name, externalName, externalNamespace: enterpriseUser, from };
}

function typeUnlessEmpty(attribute: string, type: string): string {
  return `(user.${attribute} != null && user.${attribute} != '') ? '${type}' : ''`;
}
