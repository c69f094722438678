import { METRICS } from '#gateway/console/metrics.ts';

/** `docs/metrics.md`, made from the table: `node tests/tidy/metrics-reference.ts > docs/metrics.md`. */
export function metricsReference(): string {
  const rows = METRICS.map(({ name, type, labels, help }) => {
    const names = labels.map((label) => `\`${label}\``).join(', ') || '–';
    return `| \`${name}\` | ${type} | ${names} | ${help} |`;
  });
  return `# Metrics

The console serves these at \`/metrics\` in the text format of Prometheus; its address is \`console.host\` and \`console.port\` in the configuration.
Counters begin at 0 with the process. The usual metrics of a Node process follow them (\`process_…\`, \`nodejs_…\`).

| metric | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) process.stdout.write(metricsReference());
