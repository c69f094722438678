import { isBuiltInStream } from '#gateway/model/built-in-streams.ts';
import type { ConfigIssue } from './config-problem.ts';
import { DEFAULT_STREAMS } from './config-schema.ts';
import { listAt, valueAt } from './document-value.ts';
import { fileIssues } from './file-checks.ts';
import { linkIssues } from './link-checks.ts';
import { portClashes } from './port-clashes.ts';
import { impossibleQuotas } from './quota-checks.ts';

/**
 * The checks that look at several sections at once.
 * They read the document as it was written, whatever else is wrong with it, so that one run names every problem.
 *
 * @param folder where relative paths start
 */
export function crossCheck(document: unknown, folder: string): ConfigIssue[] {
  return [
    ...duplicates(document),
    ...reservedStreams(document),
    ...unknownLanes(document),
    ...exposedAnonymous(document),
    ...takenByRules(document),
    ...unreachableForRules(document),
    ...unknownReceivers(document),
    ...certificateWithoutTls(document),
    ...portClashes(document),
    ...impossibleQuotas(document),
    ...linkIssues(document),
    ...fileIssues(document, folder),
  ];
}

function* duplicates(document: unknown): Generator<ConfigIssue> {
  const sections: readonly (readonly [path: readonly string[], key: string])[] = [
    [['devices'], 'id'],
    [['devices'], 'path'],
    [['streams'], 'id'],
    [['links'], 'id'],
    [['sinks'], 'id'],
    [['broker', 'clients'], 'username'],
  ];
  for (const [path, key] of sections) {
    const seen = new Set<string>();
    for (const [index, entry] of listAt(document, ...path).entries()) {
      const id = valueAt(entry, key);
      if (typeof id !== 'string') continue;
      if (seen.has(id)) yield { path: [...path, index, key], message: `${JSON.stringify(id)} is used twice` };
      seen.add(id);
    }
  }
}

/** The journal keeps what it knows of the clock, and the gateway what it must remember, in streams of their own. */
function* reservedStreams(document: unknown): Generator<ConfigIssue> {
  for (const [index, stream] of listAt(document, 'streams').entries()) {
    const id = valueAt(stream, 'id');
    if (typeof id !== 'string' || !isBuiltInStream(id)) continue;
    const message = `"${id}" is a stream of the journal itself; choose another name`;
    yield { path: ['streams', index, 'id'], message };
  }
}

function* unknownLanes(document: unknown): Generator<ConfigIssue> {
  const written = valueAt(document, 'streams') === undefined ? DEFAULT_STREAMS : listAt(document, 'streams');
  const streams = written.map((stream) => valueAt(stream, 'id'));
  for (const [index, sink] of listAt(document, 'sinks').entries()) {
    const lanes = listAt(sink, 'lanes');
    for (const [place, lane] of lanes.entries()) {
      const path = ['sinks', index, 'lanes', place];
      if (!streams.includes(lane))
        yield {
          path,
          message: `names no stream; there is ${streams.filter((id) => typeof id === 'string').join(', ')}`,
        };
      else if (lanes.indexOf(lane) < place) yield { path, message: `${JSON.stringify(lane)} is listed twice` };
    }
  }
}

function* exposedAnonymous(document: unknown): Generator<ConfigIssue> {
  const anonymous = valueAt(document, 'broker', 'anonymous');
  if (anonymous === undefined || anonymous === false) return;
  for (const [index, listener] of listAt(document, 'broker', 'listeners').entries()) {
    if (valueAt(listener, 'insecure') !== true) continue;
    const message = 'anonymous clients are for loopback only; remove insecure, or give every client a login';
    yield { path: ['broker', 'listeners', index, 'insecure'], message };
  }
}

/** The rules have a login of their own, made at each start. */
function* takenByRules(document: unknown): Generator<ConfigIssue> {
  if (valueAt(document, 'rules', 'enabled') !== true) return;
  for (const [index, client] of listAt(document, 'broker', 'clients').entries()) {
    if (valueAt(client, 'username') !== 'rules') continue;
    const message = '"rules" is the login of the rules themselves; choose another name';
    yield { path: ['broker', 'clients', index, 'username'], message };
  }
}

/** Rules connect as any client on this machine does, without TLS. */
function* unreachableForRules(document: unknown): Generator<ConfigIssue> {
  const listeners = valueAt(document, 'broker', 'listeners');
  if (valueAt(document, 'rules', 'enabled') !== true || listeners === undefined) return;
  const isPlain = (listener: unknown) =>
    valueAt(listener, 'type') === 'mqtt' && valueAt(listener, 'trustedProxies') === undefined;
  if (listAt(document, 'broker', 'listeners').some(isPlain)) return;
  const message =
    'the rules need a listener of type mqtt without trustedProxies; add { type: mqtt }, which is on loopback';
  yield { path: ['rules', 'enabled'], message };
}

function* unknownReceivers(document: unknown): Generator<ConfigIssue> {
  const devices = listAt(document, 'devices');
  const receivers = devices
    .filter((device) => valueAt(device, 'type') === 'gnss')
    .map((device) => valueAt(device, 'id'));
  const known = receivers.filter((id) => typeof id === 'string').join(', ') || 'none';
  for (const [index, device] of devices.entries()) {
    if (valueAt(device, 'type') !== 'gnssSelection') continue;
    const sources = listAt(device, 'sources');
    for (const [place, source] of sources.entries()) {
      const path = ['devices', index, 'sources', place];
      if (!receivers.includes(source)) yield { path, message: `names no device of type gnss; there is ${known}` };
      else if (sources.indexOf(source) < place) yield { path, message: `${JSON.stringify(source)} is listed twice` };
    }
  }
}

function* certificateWithoutTls(document: unknown): Generator<ConfigIssue> {
  for (const [index, sink] of listAt(document, 'sinks').entries()) {
    const url = valueAt(sink, 'url');
    const hasCertificate = ['certFile', 'keyFile'].some((key) => valueAt(sink, 'credentials', key) !== undefined);
    if (!hasCertificate || typeof url !== 'string' || !url.startsWith('mqtt://')) continue;
    const message = 'a certificate needs TLS; write mqtts://, or give a username under credentials';
    yield { path: ['sinks', index, 'url'], message };
  }
}
