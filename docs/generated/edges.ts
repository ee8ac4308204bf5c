import { edges } from '../../test/behaviors/edges.ts';

/** docs/reference/decisions-on-edges.md: what the three products leave open, and what Rollcall does. */
export function edgesDocument(): string {
  const rows = edges.map((edge) => {
    const shown =
      'heldBy' in edge
        ? [...new Set(edge.heldBy.map(([path]) => `[${path.split('/').at(-1)}](../../${path})`))].join(', ')
        : `**not yet**: ${edge.notYet}`;
    return `| ${edge.question} | ${edge.decision} | ${shown} |`;
  });
  return `# Decisions on edges

Generated from \`test/behaviors/edges.ts\`. What Dagster+, dbt and Pulumi Cloud leave open, what Rollcall does under every preset,
and the test that shows it.

| what happens | Rollcall | shown by |
|---|---|---|
${rows.join('\n')}
`;
}
