import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { rollcallCommand } from '../../src/cli/program.ts';

const source = new URL('../../src/', import.meta.url).pathname;
const silent = { env: {}, out: () => undefined, err: () => undefined, isTerminal: false };

/** What the program says to run: in quotes, or in words before the next sign that no command has. */
const word = String.raw`(?:--?[\w-]+|[a-z\d][\w-]*|<[\w-]+>|\$\{[^}]*\})`;
const mention = new RegExp(String.raw`(?:\brollcall |pasted\(\S.*, \`)([a-z][\w-]*(?: ${word})*)`, 'g');

/** Names of connections to PostgreSQL and of what is sealed, which begin like a command. */
const whatElse = /^(?:owner|answer|list cursor|partitions|maintenance|mail)(?: \$\{|$)/;

test('every command that is named in what Rollcall says is there, and has what it cannot go without', () => {
  const program = rollcallCommand(silent);
  const found: string[] = [];
  const faults: string[] = [];
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    for (const line of readFileSync(path.join(source, file), 'utf8').split('\n')) {
      if (/^\s*(\/?\*|\/\/)/.test(line)) continue;
      for (const [, text = ''] of line.matchAll(mention)) {
        if (whatElse.test(text)) continue;
        const fault = faultOf(program, text);
        if (fault !== undefined) faults.push(`${file}: rollcall ${text}: ${fault}`);
        found.push(text);
      }
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(found.length > 60, `${found.length} commands`);
});

test('a command that is not there, lacks an option or has one of another command is found', () => {
  const program = rollcallCommand(silent);
  assert.match(faultOf(program, 'schema resource-type') ?? '', /no command/);
  assert.match(faultOf(program, `token create \${slug}`) ?? '', /--name/);
  assert.match(faultOf(program, 'reconcile <org> --repare') ?? '', /--repare/);
  assert.match(faultOf(program, 'reconcile --repair puts') ?? '', /no org/);
});

/** Why a command would not run as it is written. What names no argument only refers to a command. */
function faultOf(program: Command, text: string): string | undefined {
  const words = text.trim().split(/ +/);
  let command = program;
  while (command.commands.length > 0 && words.length > 0) {
    const next = command.commands.find((each) => each.name() === words[0]);
    if (next === undefined) return `no command ${text}`;
    command = next;
    words.shift();
  }
  const given = words.filter((word) => word.startsWith('--'));
  const unknown = given.find((name) => !command.options.some(({ long }) => long === name));
  if (unknown !== undefined) return `no option ${unknown}`;
  const [first] = words;
  if (first === undefined) return undefined;
  if (first.startsWith('-')) return `no ${command.registeredArguments[0]?.name()}`;
  // other words may go on with the sentence
  if (!/^(?:\$\{|<|acme$)/.test(first)) return undefined;
  return command.options.find(({ long, mandatory }) => mandatory && !given.includes(long ?? ''))?.long ?? undefined;
}
