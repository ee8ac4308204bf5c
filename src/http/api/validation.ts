import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ApiProblem } from './problem.ts';

/**
 * Checks one part of a request by its schema. Paths and queries are text, so their numbers and booleans are read from it; a
 * body has types of its own and is taken as it is. What a schema does not list is refused, not dropped: a misspelled
 * parameter that is ignored answers a question that nobody asked (R12, R23).
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: ReturnType<typeof Compile> | undefined;
  const isText = httpPart !== 'body';
  return (given: unknown) => {
    // At the first use: compiling all schemas would take a good part of the start.
    compiled ??= Compile(schema);
    const validator = compiled;
    const filled = validator.Default(structuredClone(given));
    const value: unknown = isText ? validator.Convert(filled) : filled;
    if (validator.Check(value)) return { value };
    return { error: invalid(validator.Errors(value), httpPart ?? 'body') };
  };
};

type Fault = ReturnType<ReturnType<typeof Compile>['Errors']>[number];

const partNames: Record<string, string> = { body: 'body', querystring: 'query', params: 'path' };

function invalid(faults: readonly Fault[], httpPart: string): ApiProblem {
  const part = partNames[httpPart] ?? httpPart;
  const errors = faults.flatMap((fault) => messagesOf(fault)).slice(0, errorsMax);
  const sentence = errors.map(({ pointer, detail }) => `${part}${pointer} ${detail}`).join('; ');
  return new ApiProblem('invalid_request', `The request is not valid: ${sentence}.`, {
    errors: errors.map((each) => ({ in: part, ...each })),
  });
}

/** As many faults as one answer names: who sends nonsense learns that much of it at once. */
const errorsMax = 10;

/** What is wrong, in words. Of an alternative only the summary is told, and a surplus property by its name. */
function messagesOf({ keyword, instancePath, params, message }: Fault): { pointer: string; detail: string }[] {
  if (keyword === 'boolean') return [];
  const values = params as Record<string, unknown>;
  if (keyword === 'additionalProperties') {
    const names = values.additionalProperties as string[];
    return names.map((name) => ({ pointer: `${instancePath}/${name}`, detail: 'is not known here' }));
  }
  if (keyword === 'const') return [{ pointer: instancePath, detail: `is not ${JSON.stringify(values.allowedValue)}` }];
  if (keyword === 'anyOf') return [{ pointer: instancePath, detail: 'must be one of the allowed values' }];
  return [{ pointer: instancePath, detail: message }];
}
