import { access, constants } from 'node:fs/promises';
import { findRuleFaults } from '#devices/can/reduction/find-rule-faults.ts';
import { loadTlsMaterial } from '#gateway/broker/listeners/tls-material.ts';
import type { ConfigIssue } from '#gateway/config/config-problem.ts';
import type { Config } from '#gateway/config/config-schema.ts';
import { loadSecret } from '#gateway/config/load-secret.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { describeRuleFault } from '#gateway/sources/can/describe-rule-fault.ts';
import { identifyPort } from '#gateway/sources/identify-port.ts';
import { type LoadedDbc, loadDbc } from '#gateway/sources/load-dbc.ts';

/** As {@link loadDbc}. */
type LoadDbc = (path: string) => Promise<LoadedDbc>;

/** Reads each DBC file once, however often it is asked for: large ones take seconds. */
export function loadDbcOnce(): LoadDbc {
  const loaded = new Map<string, Promise<LoadedDbc>>();
  return (path) => {
    const known = loaded.get(path) ?? loadDbc(path);
    loaded.set(path, known);
    return known;
  };
}

/**
 * Whatever a good configuration points to and the gateway would not start without: passwords, certificates, DBC files.
 * Serial ports are not among them: the gateway waits for those; see {@link findPortProblems}.
 *
 * @returns a sentence for each that is missing or of no use, all at once
 */
export async function findFileProblems(config: Config, load: LoadDbc = loadDbc): Promise<readonly string[]> {
  const checks: Promise<unknown>[] = config.broker.clients.flatMap(({ password }) =>
    password === undefined ? [] : [loadSecret(password)],
  );
  for (const sink of config.sinks) {
    const { credentials } = sink;
    if ('ca' in sink && sink.ca !== undefined) checks.push(access(sink.ca, constants.R_OK));
    if (credentials === undefined) continue;
    if ('password' in credentials) checks.push(loadSecret(credentials.password));
    else if ('tokenFile' in credentials) checks.push(loadSecret({ file: credentials.tokenFile }));
    else checks.push(...[credentials.certFile, credentials.keyFile].map((file) => access(file, constants.R_OK)));
  }
  for (const device of config.devices) {
    if ('dbc' in device) checks.push(...device.dbc.map((path) => load(path)));
  }
  const results = await Promise.allSettled(checks);
  return results.flatMap((result) => (result.status === 'rejected' ? [sentenceOf(result.reason)] : []));
}

/**
 * Listeners whose certificate, key or authorities cannot be read or used. Unlike a password, which may come with the machine, they
 * are told as errors, with their place: a listener that does not open keeps everybody out.
 */
export async function findTlsIssues({ broker }: Config): Promise<readonly ConfigIssue[]> {
  const issues = broker.listeners.map(async (listener, index): Promise<readonly ConfigIssue[]> => {
    if (!('cert' in listener)) return [];
    try {
      await loadTlsMaterial(listener);
      return [];
    } catch (error) {
      const message = sentenceOf(error);
      const key = (['key', 'clientCa'] as const).find((name) => message.includes(`${listener[name]}`)) ?? 'cert';
      return [{ path: ['broker', 'listeners', index, key], message }];
    }
  });
  return (await Promise.all(issues)).flat();
}

/**
 * Rules of `report` that name no message or signal of the DBC files of their device, or have no effect. Where a file cannot be read,
 * {@link findFileProblems} says so, and nothing is said of the names.
 */
export async function findReportIssues({ devices }: Config, load: LoadDbc = loadDbc): Promise<readonly ConfigIssue[]> {
  const issues = devices.map(async (device, index): Promise<readonly ConfigIssue[]> => {
    if (!('report' in device) || device.report === undefined) return [];
    const { report } = device;
    const loaded = await Promise.allSettled(device.dbc.map((path) => load(path)));
    if (loaded.some(({ status }) => status === 'rejected')) return [];
    const messages = loaded.flatMap((file) => (file.status === 'fulfilled' ? file.value.dbc.messages : []));
    return findRuleFaults(report, messages).map((fault) => ({
      path: ['devices', index, 'report', fault.key, ...('field' in fault ? [fault.field] : [])],
      message: describeRuleFault(fault),
      isAboutKey: true,
    }));
  });
  return (await Promise.all(issues)).flat();
}

/**
 * Paths of devices where something lies that no gateway can read as a serial port. One that leads nowhere is no problem: it may be
 * plugged in later.
 *
 * @returns a sentence for each
 */
export async function findPortProblems({ devices }: Config): Promise<readonly string[]> {
  const paths = devices.flatMap((device) => ('path' in device ? [device.path] : []));
  const results = await Promise.allSettled(paths.map(identifyPort));
  return results.flatMap((result) =>
    result.status === 'rejected' && isNotSerial(result.reason) ? [sentenceOf(result.reason)] : [],
  );
}

function isNotSerial(error: unknown): boolean {
  return error instanceof WaystationError && error.code === 'port.notSerial';
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
