import { holders, invariants, type Rule, rules } from '../../test/security/rules.ts';

/** docs/reference/security.md: what must hold, and the tests that cite it. */
export function securityDocument(): string {
  const held = holders();
  const links = ({ id }: Rule) =>
    (held.get(id) ?? []).map((path) => `[${path.split('/').at(-1)}](../../${path})`).join(', ');
  const rows = (list: readonly Rule[]) =>
    list.map((rule) => `| ${rule.id} | ${rule.says} | ${links(rule)} |`).join('\n');
  return `# Security and reliability

Generated from \`test/security/rules.ts\`. What must hold, and the tests that fail where it does not. Comments and titles of tests
cite a line by its id. Ids that are missing are about sign-in and webhooks, which Rollcall does not have.

## Rules

| | what holds | held by |
|---|---|---|
${rows(rules)}

## Invariants

What is true after any history of requests, crashes and outages.

| | what is true | held by |
|---|---|---|
${rows(invariants)}
`;
}
