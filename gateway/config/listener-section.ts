import { isIP } from 'node:net';
import { z } from 'zod';
import { isLoopback } from '#gateway/model/loopback.ts';
import { valueAt } from './document-value.ts';
import { pathField } from './fields.ts';

/** One entry of `broker.listeners`: where MQTT clients connect, and by what transport. */
export function listenerSection(folder: string) {
  return z.discriminatedUnion('type', [
    plain('mqtt', 'Plain MQTT over TCP.', DEFAULT_LISTENER_PORTS.mqtt, {}),
    encrypted('mqtts', 'MQTT over TLS.', DEFAULT_LISTENER_PORTS.mqtts, folder, {}),
    plain('ws', 'MQTT in WebSocket.', DEFAULT_LISTENER_PORTS.ws, originsField()),
    encrypted('wss', 'MQTT in WebSocket over TLS.', DEFAULT_LISTENER_PORTS.wss, folder, originsField()),
  ]);
}

/** Where a listener listens if the configuration does not say. */
export const DEFAULT_LISTENER_PORTS = { mqtt: 1883, mqtts: 8883, ws: 9001, wss: 9443 } as const;

function plain<T extends 'mqtt' | 'ws', Shape extends z.ZodRawShape>(type: T, what: string, port: number, more: Shape) {
  return z
    .strictObject({
      type: z.literal(type).describe(what),
      ...placeFields(port),
      insecure: z
        .boolean()
        .default(false)
        .describe('Must be true without TLS on anything but loopback: passwords and payloads travel in the clear.'),
      ...more,
    })
    .refine((listener) => valueAt(listener, 'insecure') === true || isLoopback(String(valueAt(listener, 'host'))), {
      path: ['host'],
      error: `plain ${PLAIN_NAMES[type]} off loopback sends passwords in the clear; listen on 127.0.0.1, use ${type}s, or write insecure: true`,
    });
}

const PLAIN_NAMES = { mqtt: 'MQTT', ws: 'WebSocket' } as const;

function encrypted<T extends 'mqtts' | 'wss', Shape extends z.ZodRawShape>(
  type: T,
  what: string,
  port: number,
  folder: string,
  more: Shape,
) {
  return z.strictObject({
    type: z.literal(type).describe(what),
    ...placeFields(port),
    cert: pathField(folder).describe(
      'Certificate of the gateway, PEM, and behind it those that link it to its authority. Files that change are taken by themselves.',
    ),
    key: pathField(folder).describe('Private key of the certificate, PEM, without a passphrase.'),
    clientCa: pathField(folder)
      .optional()
      .describe(
        'Authorities of client certificates, PEM. Given, every client must show one; its common name is the user then, who needs no password and must be among the accounts.',
      ),
    ...more,
  });
}

function placeFields(port: number) {
  return {
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
    port: z.int().min(0).max(65_535).default(port).describe('TCP port; 0 takes a free one.'),
    trustedProxies: z
      .array(z.string().refine(isAddressOrRange, 'expected an address, or a range such as 10.0.0.0/8'))
      .min(1)
      .optional()
      .describe(
        'Addresses of proxies that begin each connection with a header of the PROXY protocol, version 1 or 2. Given, others cannot connect, and nobody is anonymous.',
      ),
  };
}

function originsField() {
  return {
    origins: z
      .array(z.string().refine(isOrigin, 'expected an origin such as https://dashboard.example.com, or *'))
      .default([])
      .describe(
        'Web pages that may connect, by the origin that the browser sends; "*" lets all. Programs send none, and are not asked for one.',
      ),
  };
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}
