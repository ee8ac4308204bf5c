/**
 * The part of Okta's expression language that application usernames, attribute mappings and group rules
 * use: literals, `user.…`, `+`, comparison, `and`/`or`/`!`, the conditional, and the functions below.
 */

/** What an expression can see: the profile of the Okta user and the names of the user's groups. */
export type ExpressionScope = { user: Record<string, unknown>; groupNames: readonly string[] };

export type Value = string | number | boolean | null | string[];
type Evaluate = (scope: ExpressionScope) => Value;
type Token = { kind: 'name' | 'string' | 'number' | 'symbol'; text: string; at: number };

const functions: Record<string, (args: Value[], scope: ExpressionScope) => Value> = {
  'String.toLowerCase': ([s]) => text(s).toLowerCase(),
  'String.toUpperCase': ([s]) => text(s).toUpperCase(),
  'String.substringBefore': ([s, mark]) => text(s).split(text(mark))[0] ?? '',
  'String.substringAfter': ([s, mark]) => text(s).split(text(mark)).slice(1).join(text(mark)),
  'String.substring': ([s, from, to]) => text(s).slice(Number(from), Number(to)),
  'String.append': ([s, tail]) => text(s) + text(tail),
  'String.replace': ([s, from, to]) => text(s).replaceAll(text(from), text(to)),
  'String.removeSpaces': ([s]) => text(s).replaceAll(' ', ''),
  'String.stringContains': ([s, part]) => text(s).includes(text(part)),
  'String.startsWith': ([s, part]) => text(s).startsWith(text(part)),
  'String.len': ([s]) => text(s).length,
  isMemberOfGroupName: ([name], scope) => scope.groupNames.includes(text(name)),
  isMemberOfGroupNameStartsWith: ([part], scope) => scope.groupNames.some((name) => name.startsWith(text(part))),
  isMemberOfGroupNameContains: ([part], scope) => scope.groupNames.some((name) => name.includes(text(part))),
};
for (const name of ['toLowerCase', 'toUpperCase', 'substringBefore', 'substringAfter', 'substring']) {
  functions[name] = functions[`String.${name}`]!;
}

const compiled = new Map<string, Evaluate>();

/** The value of an expression. Throws an Error that names the place when the text is not in the subset. */
export function evaluate(source: string, scope: ExpressionScope): Value {
  let run = compiled.get(source);
  if (!run) {
    run = parse(source);
    compiled.set(source, run);
  }
  return run(scope);
}

/** True when the value of the expression can change with the user's groups (behaviors.md B62). */
export function dependsOnGroups(source: string): boolean {
  return source.includes('isMemberOfGroupName');
}

function parse(source: string): Evaluate {
  const tokens = tokenize(source);
  let at = 0;
  const peek = (): string | undefined => (tokens[at]?.kind === 'string' ? undefined : tokens[at]?.text);
  const take = (...symbols: string[]): string | undefined => {
    const next = peek();
    if (next === undefined || !symbols.includes(next.toLowerCase())) return undefined;
    at += 1;
    return next.toLowerCase();
  };
  const expect = (symbol: string): void => {
    if (!take(symbol)) throw unexpected(source, tokens[at], `"${symbol}"`);
  };

  function conditional(): Evaluate {
    const test = disjunction();
    if (!take('?')) return test;
    const yes = conditional();
    expect(':');
    const no = conditional();
    return (scope) => (truthy(test(scope)) ? yes(scope) : no(scope));
  }
  function disjunction(): Evaluate {
    let left = conjunction();
    while (take('||', 'or')) {
      const [a, b] = [left, conjunction()];
      left = (scope) => truthy(a(scope)) || truthy(b(scope));
    }
    return left;
  }
  function conjunction(): Evaluate {
    let left = comparison();
    while (take('&&', 'and')) {
      const [a, b] = [left, comparison()];
      left = (scope) => truthy(a(scope)) && truthy(b(scope));
    }
    return left;
  }
  function comparison(): Evaluate {
    const left = sum();
    const operator = take('==', '!=', '<', '>', '<=', '>=');
    if (!operator) return left;
    const right = sum();
    return (scope) => compare(operator, left(scope), right(scope));
  }
  function sum(): Evaluate {
    let left = unary();
    while (take('+')) {
      const [a, b] = [left, unary()];
      left = (scope) => text(a(scope)) + text(b(scope));
    }
    return left;
  }
  function unary(): Evaluate {
    if (!take('!', 'not')) return primary();
    const inner = unary();
    return (scope) => !truthy(inner(scope));
  }
  function primary(): Evaluate {
    if (take('(')) {
      const inner = conditional();
      expect(')');
      return inner;
    }
    const token = tokens[at];
    if (!token || token.kind === 'symbol') throw unexpected(source, token, 'a value');
    at += 1;
    if (token.kind === 'string') return () => token.text;
    if (token.kind === 'number') return () => Number(token.text);
    if (token.text === 'null') return () => null;
    if (token.text === 'true' || token.text === 'false') return () => token.text === 'true';
    return take('(') ? call(token) : reference(token);
  }
  function call(token: Token): Evaluate {
    const run = Object.hasOwn(functions, token.text) ? functions[token.text] : undefined;
    if (!run) throw new Error(`the function ${token.text} is not supported: ${source}`);
    const args: Evaluate[] = [];
    while (!take(')')) {
      if (args.length > 0) expect(',');
      args.push(conditional());
    }
    return (scope) =>
      run(
        args.map((arg) => arg(scope)),
        scope,
      );
  }
  function reference(token: Token): Evaluate {
    const [root, attribute, ...rest] = token.text.split('.');
    if (root !== 'user' || attribute === undefined || rest.length > 0)
      throw unexpected(source, token, 'user.<attribute>');
    return (scope) => (scope.user[attribute] ?? null) as Value;
  }

  const whole = conditional();
  if (at < tokens.length) throw unexpected(source, tokens[at], 'the end');
  return whole;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:([A-Za-z_][\w.]*)|"([^"]*)"|'([^']*)'|(\d+)|(&&|\|\||[=!<>]=|[()?:,+!<>]))/y;
  while (pattern.lastIndex < source.trimEnd().length) {
    const before = pattern.lastIndex;
    const match = pattern.exec(source);
    if (!match) throw new Error(`cannot read this expression at character ${before + 1}: ${source}`);
    const at = pattern.lastIndex - match[0].trimStart().length;
    const [, name, double, single, number, symbol] = match;
    if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at });
    else tokens.push({ kind: 'string', text: double ?? single ?? '', at });
  }
  return tokens;
}

function unexpected(source: string, token: Token | undefined, wanted: string): Error {
  const place = token ? `at character ${token.at + 1}, before "${token.text}"` : 'at the end';
  return new Error(`expected ${wanted} ${place}: ${source}`);
}

function compare(operator: string, left: Value, right: Value): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (left === null || right === null) return false;
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  return operator === '<=' ? left <= right : left >= right;
}

function truthy(value: Value): boolean {
  return value === true;
}

function text(value: Value | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}
