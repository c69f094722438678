import { configJsonSchema } from '#gateway/config/config-schema.ts';

/** `docs/configuration.md`, made from the schema: `node tests/tidy/config-reference.ts > docs/configuration.md`. */
export function configReference(): string {
  const rows = [...rowsOf(configJsonSchema(), '')].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`);
  return `# Configuration

One YAML file. Every key is here; any other is an error. Relative paths start at the folder of the file. Sizes are bytes, or numbers with a unit
(\`64KiB\`, \`16MiB\`). \`waystation config check FILE\` names every problem with line and column; \`waystation config schema\` prints the JSON Schema, for
editors: \`# yaml-language-server: $schema=…\`. Whole examples are in \`deploy/examples\`.

| key | what is written | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

type Schema = Readonly<Record<string, unknown>>;

function* rowsOf(schema: unknown, path: string): Generator<readonly string[]> {
  if (!isSchema(schema)) return;
  for (const variant of variantsOf(schema)) {
    const inner = variant === schema ? path : markVariant(path, variant);
    const required = Array.isArray(variant['required']) ? variant['required'] : [];
    for (const [name, property] of Object.entries(isSchema(variant['properties']) ? variant['properties'] : {})) {
      if (!isSchema(property)) continue;
      const key = inner === '' ? name : `${inner}.${name}`;
      const fallback = required.includes(name) ? 'required' : formatDefault(property['default']);
      yield [`\`${key}\``, kindOf(property), fallback, String(property['description'] ?? '')];
      yield* rowsOf(property['items'] ?? property, property['items'] === undefined ? key : `${key}[]`);
      // What stands under names that the user chooses.
      yield* rowsOf(property['additionalProperties'], `${key}.<name>`);
    }
  }
}

function variantsOf(schema: Schema): readonly Schema[] {
  const variants = schema['oneOf'] ?? schema['anyOf'];
  return Array.isArray(variants) ? variants.filter(isSchema) : [schema];
}

/** Entries that differ by their type are told apart by it: `devices[gnss].path`. */
function markVariant(path: string, variant: Schema): string {
  const type = isSchema(variant['properties']) ? variant['properties']['type'] : undefined;
  return isSchema(type) && typeof type['const'] === 'string' ? path.replace(/\[\]$/, `[${type['const']}]`) : path;
}

function kindOf(schema: Schema): string {
  if (schema['const'] !== undefined) return `\`${String(schema['const'])}\``;
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => `\`${String(value)}\``).join(', ');
  const variants = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(variants)) {
    const kinds = variants.filter(isSchema).map(kindOf);
    return kinds.includes('size') ? 'size' : [...new Set(kinds)].join(' or ');
  }
  if (schema['type'] === 'array') return `list of ${isSchema(schema['items']) ? kindOf(schema['items']) : 'values'}`;
  if (typeof schema['pattern'] === 'string' && schema['pattern'].includes('KiB')) return 'size';
  const { minimum, maximum } = schema;
  const isBounded = typeof minimum === 'number' && typeof maximum === 'number' && Number.isSafeInteger(maximum + 1);
  return isBounded ? `${String(schema['type'])}, ${minimum} to ${maximum}` : String(schema['type']);
}

function formatDefault(value: unknown): string {
  if (value === undefined) return '';
  const isSection = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isSection && !Array.isArray(value) ? '' : `\`${JSON.stringify(value)}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

if (import.meta.main) process.stdout.write(configReference());
