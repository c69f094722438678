import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ConfigValues, fillGatewayConfig } from './gateway-config.ts';

const VALUES: ConfigValues = {
  dataDir: '/a "quoted" folder: # really/data',
  brokerPort: 18_830,
  hubPort: 18_840,
  rulesPort: 18_880,
  consolePort: 18_881,
  sensorPasswordFile: '/s/tyre-monitor',
  hubPasswordFile: '/s/hub',
  gnssPath: '/p/gnss',
  canPath: '/p/can',
  dbcFile: '/f/demo.dbc',
};
const TEMPLATE = readFileSync(new URL('waystation.template.yaml', import.meta.url), 'utf8');

describe('fillGatewayConfig', () => {
  it('leaves nothing open in the template of the demo', () => {
    const text = fillGatewayConfig(TEMPLATE, VALUES);
    expect(text).not.toContain('{{');
    expect(text).toContain('port: 18830');
    expect(text).toContain('url: mqtt://127.0.0.1:18840');
  });

  it('quotes what YAML would take apart', () => {
    expect(fillGatewayConfig('dataDir: {{dataDir}}', VALUES)).toBe('dataDir: "/a \\"quoted\\" folder: # really/data"');
  });

  it('fails on a name that has no value', () => {
    expect(() => fillGatewayConfig('x: {{nonsense}}', VALUES)).toThrow(/'nonsense'/);
  });
});
