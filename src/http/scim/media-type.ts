/** The media type of answers (RFC 7644 §3.8): application/scim+json, unless the client takes application/json and not that. */

export const scimMediaType = 'application/scim+json; charset=utf-8';
const jsonMediaType = 'application/json; charset=utf-8';

/**
 * The media type that an Accept header wants (RFC 9110 §12.5.1). A client that takes neither is answered in
 * application/scim+json: an error that it cannot read would help it less.
 */
export function answeredMediaType(accept: string | undefined): string {
  // What nearly all clients send.
  if (accept === undefined || accept === 'application/scim+json') return scimMediaType;
  const ranges = accept.toLowerCase().split(',').map(readRange);
  const scim = weightOf('application/scim+json', ranges);
  const json = weightOf('application/json', ranges);
  return json > scim ? jsonMediaType : scimMediaType;
}

type Range = { name: string; weight: number };

function readRange(text: string): Range {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim());
  const weight = parameters.find((each) => each.startsWith('q='))?.slice(2);
  return { name, weight: weight === undefined ? 1 : Number(weight) || 0 };
}

/** The weight that the most specific of the ranges gives to a media type. */
function weightOf(mediaType: string, ranges: readonly Range[]): number {
  for (const name of [mediaType, 'application/*', '*/*']) {
    const range = ranges.find((each) => each.name === name);
    if (range !== undefined) return range.weight;
  }
  return 0;
}
