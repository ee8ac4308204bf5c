/**
 * The order in which the operations of a bulk are carried out (RFC 7644 §3.7, §3.7.1, §3.7.2). It is the order of the message,
 * except that an operation which refers to what a later one creates waits for that one, and for no more. What the client meant
 * must come out all the same, so what is about one resource does not overtake anything else that is about it.
 *
 * Creations that refer to each other in a circle, or one that refers to itself, cannot wait for each other. They make one step,
 * whose operations are carried out together or not at all.
 */

import { type BulkOperation, isRefused, neededBulkIds, type RefusedOperation } from './bulk.ts';
import { bulkIdIn } from './bulk-references.ts';

/** What is carried out at once. Refusals have their turn too, at which they count as errors. */
export type BulkStep =
  | { kind: 'refused'; operation: RefusedOperation }
  | { kind: 'one'; operation: BulkOperation }
  | { kind: 'circle'; operations: readonly BulkOperation[] };

type Operations = readonly (BulkOperation | RefusedOperation)[];

/** For each operation, by its place in the message, the places of those that come before it. */
type Edges = readonly ReadonlySet<number>[];

/** The steps in which operations are carried out; each operation is in one of them. Takes them in the order of the message. */
export function bulkOrder(operations: Operations): BulkStep[] {
  const needs = needsOf(operations);
  const follows = followsOf(operations);
  const circles = componentsOf(needs);
  const circleOf = new Map(circles.flatMap((circle) => circle.map((place) => [place, circle])));
  // Where following and needing contradict each other, what is needed comes first.
  const knots = componentsOf(needs.map((needed, place) => new Set([...needed, ...(follows[place] as Set<number>)])));
  const knotOf = new Map(knots.flatMap((knot) => knot.map((place) => [place, knot])));
  const before = (circle: readonly number[]): Set<readonly number[]> => {
    const all = new Set<readonly number[]>();
    for (const place of circle) {
      for (const each of needs[place] as Set<number>) all.add(circleOf.get(each) as number[]);
      for (const each of follows[place] as Set<number>) {
        if (knotOf.get(each) !== knotOf.get(place)) all.add(circleOf.get(each) as number[]);
      }
    }
    all.delete(circle);
    return all;
  };
  return sorted(circles, before).map((circle) => stepOf(circle, operations, needs));
}

/** The creations that each operation refers to. */
function needsOf(operations: Operations): Edges {
  const creations = new Map<string, number>();
  for (const { index, method, bulkId } of operations) {
    if (method === 'POST' && bulkId !== undefined) creations.set(bulkId, index);
  }
  return operations.map((operation) => {
    const bulkIds = isRefused(operation) ? [] : [...neededBulkIds(operation)];
    return new Set(bulkIds.map((bulkId) => creations.get(bulkId) as number));
  });
}

/** The earlier operations that are about what each operation speaks of, or that speak of what it is about. */
function followsOf(operations: Operations): Edges {
  const uses = new Map<string, { about: number | undefined; speaking: number[] }>();
  return operations.map((operation) => {
    const earlier = new Set<number>();
    if (isRefused(operation)) return earlier;
    const { index, target, named } = operation;
    for (const name of [...[...named.bulkIds].map(bulkIdName), ...named.ids]) {
      const use = uses.get(name) ?? { about: undefined, speaking: [] };
      uses.set(name, use);
      if (use.about !== undefined) earlier.add(use.about);
      use.speaking.push(index);
    }
    // What a POST is about was not there before.
    if (target === undefined) return earlier;
    const name = nameOf(target);
    const { about, speaking } = uses.get(name) ?? { about: undefined, speaking: [] };
    for (const each of about === undefined ? speaking : [about, ...speaking]) if (each !== index) earlier.add(each);
    uses.set(name, { about: index, speaking: [] });
    return earlier;
  });
}

function nameOf(target: string): string {
  const bulkId = bulkIdIn(target);
  return bulkId === undefined ? target.toLowerCase() : bulkIdName(bulkId);
}

const bulkIdName = (bulkId: string) => `bulkId ${bulkId}`;

/** The strongly connected components (Tarjan's algorithm), most of which are one operation; places in rising order. */
function componentsOf(edges: Edges): number[][] {
  type Visit = { order: number; low: number; isOpen: boolean };
  const components: number[][] = [];
  const visits = new Map<number, Visit>();
  const open: number[] = [];
  const visit = (place: number): Visit => {
    const own: Visit = { order: visits.size, low: visits.size, isOpen: true };
    visits.set(place, own);
    open.push(place);
    for (const each of edges[place] as Set<number>) {
      const other = visits.get(each) ?? visit(each);
      if (other.isOpen) own.low = Math.min(own.low, other.low);
    }
    if (own.low === own.order) {
      const component = open.splice(open.lastIndexOf(place)).sort((a, b) => a - b);
      for (const each of component) (visits.get(each) as Visit).isOpen = false;
      components.push(component);
    }
    return own;
  };
  // Calls are nested as deep as the longest chain of references, which limits.bulkOperationsMax bounds.
  for (const place of edges.keys()) if (!visits.has(place)) visit(place);
  return components;
}

/**
 * Takes again and again the circle that stands first of those that nothing holds back. A circle stands where its last
 * operation does: until then the others wait for it.
 */
function sorted(
  circles: readonly number[][],
  before: (circle: readonly number[]) => Set<readonly number[]>,
): readonly (readonly number[])[] {
  const left = new Set([...circles].sort((a, b) => (a.at(-1) as number) - (b.at(-1) as number)));
  const holding = new Map<readonly number[], number>();
  const held = new Map<readonly number[], (readonly number[])[]>(circles.map((circle) => [circle, []]));
  for (const circle of circles) {
    const all = before(circle);
    holding.set(circle, all.size);
    for (const each of all) held.get(each)?.push(circle);
  }
  const ordered: (readonly number[])[] = [];
  while (left.size > 0) {
    const next = left.values().find((circle) => holding.get(circle) === 0);
    if (next === undefined) throw new Error('the operations of a bulk hold each other back');
    left.delete(next);
    ordered.push(next);
    for (const each of held.get(next) ?? []) holding.set(each, (holding.get(each) as number) - 1);
  }
  return ordered;
}

function stepOf(circle: readonly number[], operations: Operations, needs: Edges): BulkStep {
  const [first] = circle as [number];
  const operation = operations[first] as BulkOperation | RefusedOperation;
  if (isRefused(operation)) return { kind: 'refused', operation };
  if (circle.length === 1 && !needs[first]?.has(first)) return { kind: 'one', operation };
  return { kind: 'circle', operations: circle.map((place) => operations[place] as BulkOperation) };
}
