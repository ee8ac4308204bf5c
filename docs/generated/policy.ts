import {
  linesOfOneAnswer,
  policySettings,
  type SettingName,
  settingNames,
  valuesOf,
} from '../../src/organization/policy-settings.ts';
import { presetNames, presetSays, presets } from '../../src/organization/presets.ts';

/** docs/reference/policy.md: the settings of an organization, and what the presets make of them. */
export function policyDocument(): string {
  return `# The policy of an organization

Generated from \`src/organization/policy-settings.ts\` and \`presets.ts\`. A policy is a preset and a value for every setting; where
a value is not the preset's, the policy deviates from it.

\`\`\`
rollcall org create acme --name "Acme" --preset dbt --set usernameFormat=any
\`\`\`

| preset | is |
|---|---|
${presetNames.map((preset) => `| \`${preset}\` | ${presetSays[preset]} |`).join('\n')}

Where the documents of a product are silent, its preset has the safe default. The numbers are those of the table of settings
(K1 to K31) that the tests cite.

## The presets

| setting | ${presetNames.map((preset) => `\`${preset}\``).join(' | ')} |
|---|${presetNames.map(() => '---|').join('')}
${settingNames.map(presetRow).join('\n')}

## The settings

${settingNames.map(settingText).join('\n\n')}

## Lines with one answer

Two lines of that table have the same answer under every preset, so there is nothing to set; tests ask for it under each.

${Object.entries(linesOfOneAnswer)
  .map(([line, says]) => `- ${line}. ${says}`)
  .join('\n')}

## Beside the policy

When an organization is created, \`--set scimProfile=okta\` is set the same way and belongs to the connection: what its SCIM endpoint
accepts beyond the RFCs, see [tolerances.md](tolerances.md). So are \`--set provider=okta\`, who provisions, and \`--set signInProvider=okta\`,
[who signs people in](../guides/sign-in-provider.md).
`;
}

const presetRow = (name: SettingName) =>
  `| \`${name}\` (${policySettings[name].id}) | ${presetNames.map((preset) => `\`${presets[preset][name]}\``).join(' | ')} |`;

function settingText(name: SettingName): string {
  const { id, meaning, values } = policySettings[name];
  const meanings: Readonly<Record<string, string>> = values;
  const rows = valuesOf(name).map(
    (value, place) => `| \`${value}\`${place === 0 ? ' (default)' : ''} | ${meanings[value]} |`,
  );
  return `### ${name}

${id}. ${meaning}

| value | means |
|---|---|
${rows.join('\n')}`;
}
