import type { Command } from 'commander';
import { providers } from '../organization/providers.ts';
import { differenceSays } from '../organization/reconciling.ts';
import {
  type AnswerShare,
  type ConnectionHealth,
  diagnoseConnection,
  readConnectionHealth,
} from '../provisioning/connection-health.ts';
import { type CommonOptions, configOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

const dayMs = 86_400_000;

/** Adds `health` and `doctor`. */
export function addHealthCommands(program: Command, surroundings: Surroundings): void {
  const health = program
    .command('health')
    .description('show how the connection of an organization does')
    .argument('<org>', 'the slug or id of the organization')
    .option(
      '--connection <id>',
      'a connection of the list, which may have ended, instead of the one that there is',
      rowId,
    );
  withCommonOptions(health).action(async (org: string, options: CommonOptions & { connection?: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const now = new Date();
    const found = await readConnectionHealth(databases.app, organization, now, options.connection);
    if (options.json) return printJson({ organization: organization.slug, ...found }, surroundings);
    surroundings.out(`${linesOf(found, organization.slug).join('\n')}\n`);
  });

  const doctor = program
    .command('doctor')
    .description('find what is set up in a way that does not work well, from the provider’s traffic')
    .argument('<org>', 'the slug or id of the organization')
    .option('--days <n>', 'over how many days the traffic is looked at', wholeNumber(1, 14), 7);
  withCommonOptions(doctor).action(async (org: string, options: CommonOptions & { days: number }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const since = new Date(Date.now() - options.days * dayMs);
    const { provider, connection, findings } = await diagnoseConnection(databases.app, organization, since);
    const { scimProfile } = connection;
    if (options.json) {
      return printJson({ organization: organization.slug, provider, scimProfile, since, findings }, surroundings);
    }
    const who = provider === undefined ? 'a provider that does not say who it is' : providers[provider];
    surroundings.out(`${organization.slug} is connected to ${who}, with the SCIM profile ${scimProfile}.\n`);
    if (findings.length === 0) surroundings.out('Nothing was found.\n');
    for (const { severity, id, says, fix, count, lastAt, requests } of findings) {
      const seen =
        lastAt === undefined ? '' : `  seen ${count} times, last at ${lastAt.toISOString()}: request ${requests[0]}\n`;
      surroundings.out(`\n${severity}: ${says} (${id})\n  ${fix}.\n${seen}`);
    }
  });
}

/** What there is to say of a connection; of one that has ended, what came before. */
function linesOf(found: ConnectionHealth, slug: string): string[] {
  const { connection, endedAt, lastCall, silenceAllowedMs, isSilent, expiring, differences, differencesExact } = found;
  const called = lastCall && `${lastCall.at.toISOString()} from ${lastCall.address ?? 'an unknown address'}`;
  const answers = [`last hour    ${shareOf(found.lastHour)}`, `last day     ${shareOf(found.lastDay)}`];
  const lines = [`connection   ${connection.state}`, `last call    ${called ?? 'never'}`];
  if (endedAt !== undefined) return [...lines, `ended        ${endedAt.toISOString()}; before that:`, ...answers];
  return [
    ...lines,
    `rhythm       ${silenceAllowedMs === undefined ? 'not known yet' : `silent for ${hoursOf(silenceAllowedMs)} hours at most`}${isSilent ? ': it has been silent for longer' : ''}`,
    ...answers,
    ...expiring.map(
      ({ name, id, daysLeft, replacedBy }) =>
        `token        "${name}" expires in ${daysLeft} days${replacedBy === undefined ? `: rollcall token rotate ${slug} ${id}` : `, and ${replacedBy} is taking over`}`,
    ),
    ...differences.map(
      ({ of, rule, count }) =>
        `differs      ${count}${differencesExact ? '' : ' or more'} ${of}: ${differenceSays(rule)}`,
    ),
    `compared     ${comparedOf(found.reconciliation)}`,
  ];
}

function comparedOf(last: ConnectionHealth['reconciliation']): string {
  if (last === undefined) return 'not yet';
  const drift = Object.entries(last.drift).map(([kind, count]) => `${count} ${kind}`);
  if (drift.length === 0) return `${last.at.toISOString()}: everything in force follows from what was asked`;
  return `${last.at.toISOString()}: ${drift.join(', ')} did not follow${last.repaired ? ' and were repaired' : ''}`;
}

const hoursOf = (ms: number) => Math.round(ms / 360_000) / 10;

function shareOf({ requests, errors, errorShare, byAnswer }: AnswerShare): string {
  if (requests === 0) return 'no request';
  const answers = byAnswer
    .filter(({ status }) => status >= 400)
    .map(({ status, scimType, count }) => `${count} × ${status}${scimType === undefined ? '' : ` ${scimType}`}`);
  const detail = answers.length === 0 ? '' : `: ${answers.join(', ')}`;
  return `${requests} requests, ${errors} refused (${(errorShare * 100).toFixed(1)} %)${detail}`;
}
