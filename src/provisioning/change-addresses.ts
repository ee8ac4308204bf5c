import { appendEvents } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { type AddressList, checkedRules, type ListedRule, oktaRanges } from '../organization/address-lists.ts';
import { addressCheck } from '../organization/addresses.ts';
import { saveAddressList } from '../store/address-list-writing.ts';
import { lockAddressList } from '../store/address-lists.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { type Acting, by } from './acting.ts';

/**
 * Changes the lists of addresses of an organization. Every process goes by them within a second (limits.tokenCacheMs).
 *
 * @param change makes the new lists from those there are, which are held still; what it throws refuses the change
 * @param placeOf where in what was given a rule stands, as a JSON Pointer
 * @returns the lists from now on
 * @throws OperatorError setting_invalid if a text is no range or a range is there twice; refused if whoever changes them would
 * be shut out
 */
export async function changeAddresses(
  db: Database,
  org: { id: string },
  change: (before: AddressList) => AddressList,
  at: Acting,
  placeOf: (rule: ListedRule) => string | undefined = () => undefined,
): Promise<AddressList> {
  return await inOrganization(db, org.id, async (tx) => {
    const before = await lockAddressList(tx);
    const wanted = change(before);
    const after = checkedAddressList(wanted, placeOf);
    assertStaysIn(after, at);
    const [had, has] = [textsOf(before.rules), textsOf(after.rules)];
    const added = after.rules.filter((rule) => !had.has(textOf(rule)));
    const removed = before.rules.filter((rule) => !has.has(textOf(rule)));
    if (added.length + removed.length === 0 && before.appliesTo === after.appliesTo) return after;
    saveAddressList(tx, after, at.now);
    const data = {
      before: { appliesTo: before.appliesTo },
      after: { appliesTo: after.appliesTo },
      rulesAdded: added,
      rulesRemoved: removed,
    };
    appendEvents(tx, [{ kind: 'addresses.changed', data }], by(at));
    return after;
  });
}

/**
 * Puts the ranges that Okta publishes among those that are allowed, in the place of those that were imported before.
 *
 * @param document what stands in Okta's ip_ranges.json
 * @param cells the cells of Okta whose ranges are wanted; all of them if there is none
 * @returns the lists from now on
 * @throws OperatorError as `changeAddresses`, and setting_invalid if the document is none
 */
export async function importOktaRanges(
  db: Database,
  org: { id: string },
  { document, cells }: { document: unknown; cells: readonly string[] },
  at: Acting,
): Promise<AddressList> {
  const found = oktaRanges(document, cells);
  if ('problem' in found) throw new OperatorError('setting_invalid', `${found.problem}.`);
  return await changeAddresses(
    db,
    org,
    ({ appliesTo, rules }) => {
      const own = rules.filter(({ source }) => source !== 'okta');
      // A range that an admin allows already stays the admin's.
      const allowed = new Set(own.filter(({ effect }) => effect === 'allow').map(({ range }) => range));
      const imported = found.ranges.filter((range) => !allowed.has(range));
      return {
        appliesTo,
        rules: [...own, ...imported.map((range): ListedRule => ({ range, effect: 'allow', source: 'okta' }))],
      };
    },
    at,
  );
}

/**
 * The lists as they are stored.
 *
 * @throws OperatorError setting_invalid if a text is no range or a range is there twice
 */
export function checkedAddressList(
  { appliesTo, rules }: AddressList,
  placeOf: (rule: ListedRule) => string | undefined = () => undefined,
): AddressList {
  const checked = checkedRules(rules, limits.addressRulesMax);
  if (!('problem' in checked)) return { appliesTo, rules: checked.rules };
  const { problem, rule } = checked;
  throw new OperatorError('setting_invalid', `${problem}.`, { at: rule && placeOf(rule) });
}

/**
 * An admin whose own address would be shut out is refused (B22). The operator comes from anywhere.
 *
 * @throws OperatorError refused
 */
export function assertStaysIn({ appliesTo, rules }: AddressList, { actor, address }: Acting): void {
  const isOperator = actor === undefined || actor.type === 'operator';
  if (isOperator || address === undefined || appliesTo !== 'scim-and-api') return;
  if (addressCheck(rules)(address).isAllowed) return;
  throw new OperatorError(
    'refused',
    `These lists would shut out your own address ${address}, and nothing was changed. Allow a range that holds it first.`,
  );
}

const textOf = ({ range, effect, note, source }: ListedRule) => JSON.stringify([range, effect, note, source]);

const textsOf = (rules: readonly ListedRule[]): ReadonlySet<string> => new Set(rules.map(textOf));
