/** What the template of the demo's gateway configuration leaves open. Paths are absolute. */
export interface ConfigValues {
  readonly dataDir: string;
  readonly brokerPort: number;
  readonly hubPort: number;
  readonly rulesPort: number;
  readonly consolePort: number;
  readonly sensorPasswordFile: string;
  readonly hubPasswordFile: string;
  readonly gnssPath: string;
  readonly canPath: string;
  readonly dbcFile: string;
}

/**
 * Fills every `{{name}}` of the template. Strings go in as JSON, which YAML reads as it is, whatever a path contains.
 *
 * @throws Error on a name that has no value: the template and this type belong together
 */
export function fillGatewayConfig(template: string, values: ConfigValues): string {
  const known = new Map<string, string | number>(Object.entries(values));
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`The configuration template names '${name}', which has no value.`);
    return JSON.stringify(value);
  });
}
