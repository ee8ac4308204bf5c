import { elsewhere, otherwise, rows } from '../../test/captures/rows.ts';
import { transcriptFiles } from '../../test/transcripts/replayed-transcript.ts';

const names: Record<string, string> = {
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  onelogin: 'OneLogin',
  jumpcloud: 'JumpCloud',
  ping: 'PingOne and PingFederate',
  google: 'Google Workspace',
  authentik: 'authentik',
  keycloak: 'Keycloak, with its SCIM plug-ins',
};

/** docs/reference/providers.md: how each provider speaks SCIM, with the exchange that shows Rollcall's side of it. */
export function providersDocument(): string {
  const files = transcriptFiles(new URL('../../test/captures/', import.meta.url));
  const sections = Object.entries(names).map(([provider, title]) => {
    const all = rows[provider] ?? [];
    const lines = all.flatMap((row) => {
      const captures = files.filter(({ name }) => name.startsWith(`${provider}/${row}-`));
      if (captures.length > 0) {
        return captures.map(({ name, says, noted }) => {
          const not = otherwise[row];
          const deviation = not === undefined ? '' : ` **Not** ${not.expects}, because ${not.because}.`;
          const what = says.replace(/^(Wire §[\d.]+[:,]|[A-Z]+\d+:) /, '').replaceAll('|', '\\|');
          const link = `[${row}](../../test/captures/${name}.http)`;
          return `| ${link} | ${what}${deviation} | ${noted.map((each) => `\`${each}\``).join(', ')} |`;
        });
      }
      const held = elsewhere[row];
      if (held === undefined) return [];
      return 'heldBy' in held
        ? [`| [${row}](../../${held.heldBy}) | held by a test of its own | |`]
        : [`| ${row} | not shown: ${held.because} | |`];
    });
    const others = all.filter((row) => row in otherwise).length;
    const deviations =
      others === 0 ? '' : ` In ${others} of them Rollcall does **not** do what is expected, and says why.`;
    const unseen = all.filter((row) => 'because' in (elsewhere[row] ?? {})).length;
    return `## ${title}

${all.length - unseen} of ${all.length} known traits are shown by an exchange that runs against the real server.${deviations}

| trait | what is sent, and what comes of it | tolerances that the request log shows |
|---|---|---|
${lines.join('\n')}
`;
  });
  return `# Providers

Generated from \`test/captures/\`. How identity providers speak SCIM, each trait with the exchange that shows what Rollcall
makes of it. The tolerances are explained in [tolerances.md](tolerances.md).

${sections.join('\n')}`;
}
