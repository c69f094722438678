import { describe, expect, it } from 'vitest';
import { parseConfig } from './parse-config.ts';

function parse(broker: string, rest = '') {
  return parseConfig(
    Buffer.from(`version: 1\ngateway: { id: t }\nbroker: ${broker}\n${rest}`),
    '/etc/waystation/w.yaml',
  );
}

function problemsOf(broker: string, rest = ''): readonly string[] {
  const parsed = parse(broker, rest);
  return parsed.isValid ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`);
}

describe('broker.listeners', () => {
  it('of each type have a port of their own, and paths that start at the folder of the file', () => {
    const tls = 'cert: tls/c.pem, key: tls/k.pem';
    const parsed = parse(
      `{ listeners: [{ type: mqtt }, { type: mqtts, ${tls}, clientCa: ca.pem, host: 0.0.0.0 }, { type: ws }, { type: wss, ${tls} }] }`,
    );
    const listeners = parsed.isValid ? parsed.config.broker.listeners : [];
    expect(listeners.map(({ port }) => port)).toEqual([1883, 8883, 9001, 9443]);
    const paths = {
      cert: '/etc/waystation/tls/c.pem',
      key: '/etc/waystation/tls/k.pem',
      clientCa: '/etc/waystation/ca.pem',
    };
    expect(listeners[1]).toMatchObject(paths);
  });

  it.each([
    ['{ type: mqtts, key: b }', 'broker.listeners[0].cert'],
    ['{ type: mqtts, cert: a, key: b, insecure: true }', 'broker.listeners[0].insecure unknown key'],
    ['{ type: mqtt, cert: a }', 'broker.listeners[0].cert unknown key'],
    ['{ type: mqtt, origins: [] }', 'broker.listeners[0].origins unknown key'],
    ['{ type: mqttx }', 'broker.listeners[0].type'],
    ['{ type: ws, host: 0.0.0.0 }', 'broker.listeners[0].host plain WebSocket off loopback sends passwords'],
    ['{ type: ws, origins: [example.com] }', 'broker.listeners[0].origins[0] expected an origin'],
    ['{ type: ws, origins: ["https://example.com/"] }', 'broker.listeners[0].origins[0] expected an origin'],
    ['{ type: mqtt, trustedProxies: [] }', 'broker.listeners[0].trustedProxies'],
    ['{ type: mqtt, trustedProxies: [10.0.0.0/33] }', 'broker.listeners[0].trustedProxies[0] expected an address'],
    ['{ type: mqtt, trustedProxies: [proxy.local] }', 'broker.listeners[0].trustedProxies[0] expected an address'],
    ['{ type: ws, port: 1883 }, { type: mqtt }', 'broker.listeners[0].port port 1883 is that of broker.listeners[1]'],
  ])('%s is refused', (listener, problem) => {
    expect(problemsOf(`{ listeners: [${listener}] }`)).toEqual([expect.stringContaining(problem)]);
  });

  it.each(['["https://dash.example.com:8443"]', '["*"]', '["http://localhost:3000"]'])('take origins %s', (origins) => {
    expect(problemsOf(`{ listeners: [{ type: ws, origins: ${origins} }] }`)).toEqual([]);
  });

  it('leave one to the rules that they can use', () => {
    const rules = 'rules: { enabled: true }';
    const needed = [expect.stringContaining('rules.enabled the rules need a listener of type mqtt')];
    expect(problemsOf('{ listeners: [{ type: ws }] }', rules)).toEqual(needed);
    expect(problemsOf('{ listeners: [{ type: mqtt, trustedProxies: ["::1"] }] }', rules)).toEqual(needed);
    expect(problemsOf('{ listeners: [{ type: ws }, { type: mqtt }] }', rules)).toEqual([]);
    expect(problemsOf('{}', rules)).toEqual([]);
  });
});

describe('a login for certificates', () => {
  it('has no password, and any other has one', () => {
    expect(problemsOf('{ clients: [{ username: u, certificate: true }] }')).toEqual([]);
    const both = problemsOf('{ clients: [{ username: u, certificate: true, passwordFile: p }] }');
    expect(both).toEqual(['broker.clients[0] a login with certificate: true has no password']);
    const neither = problemsOf('{ clients: [{ username: u }] }');
    expect(neither).toEqual([expect.stringContaining('or certificate: true')]);
  });
});
