import { readdirSync, readFileSync } from 'node:fs';
import { BEHAVIOUR_STATEMENTS } from '#tests/conformance/behaviour-statements.ts';
import { PACKET_STATEMENTS } from '#tests/conformance/packet-statements.ts';

/** Every statement of the standard. */
export const STATEMENTS = [...PACKET_STATEMENTS, ...BEHAVIOUR_STATEMENTS];

/** A test whose title names a clause. */
interface NamedTest {
  readonly clause: string;
  readonly file: string;
  /** Without the clauses. */
  readonly title: string;
}

const FOLDER = new URL('../conformance/', import.meta.url);
/** A title in quotation marks with a clause in it; in that folder clauses stand nowhere else. */
const TITLE = /'([^'\n]*\[MQTT-[^'\n]*)'/g;
const CLAUSE = /\s*\[MQTT-(\d+\.\d+\.\d+-\d+)\]/g;

/** The tests of the folder that name clauses, in the order of files and lines. */
export function namedTests(): readonly NamedTest[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.test.ts'));
  return files.sort().flatMap((file) =>
    [...readFileSync(new URL(file, FOLDER), 'utf8').matchAll(TITLE)].flatMap(([, text = '']) => {
      const title = text.replaceAll(CLAUSE, '');
      return [...text.matchAll(CLAUSE)].map(([, clause = '']) => ({ clause, file, title }));
    }),
  );
}

/** `docs/mqtt-conformance.md`, made from the statements and the titles: `node tests/tidy/conformance-reference.ts > docs/mqtt-conformance.md`. */
export function conformanceReference(): string {
  const tests = namedTests();
  const rows = STATEMENTS.map(([clause, demand, whyUntested]) => {
    const own = tests.filter((test) => test.clause === clause);
    const proof = own.map(({ file, title }) => `${cell(title)} (\`${file.replace('.test.ts', '')}\`)`).join('<br>');
    return `| ${clause} | ${cell(demand)} | ${whyUntested === undefined ? proof : `– ${whyUntested}`} |`;
  });
  const untested = STATEMENTS.filter(([, , whyUntested]) => whyUntested !== undefined);
  return `# Conformance to MQTT 3.1.1

Every normative statement of the standard by its number in appendix B (\`MQTT-\` left out), what it demands in words of ours, and the tests in
\`tests/conformance\` that hold the broker to it over real sockets, with strict bytes in both directions. ${STATEMENTS.length} statements: ${STATEMENTS.length - untested.length} with tests,
${untested.length} without, each with the reason. \`npm run unit -- tests/conformance\` runs them.

| clause | demand | test |
|---|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) process.stdout.write(conformanceReference());
