import { findRuleFaults } from '#devices/can/reduction/find-rule-faults.ts';
import type { ConfigIssue } from '#gateway/config/config-problem.ts';
import type { Config } from '#gateway/config/config-schema.ts';
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
 * DBC files that a good configuration points to, and the gateway would not start without.
 * Serial ports are not among them: the gateway waits for those; see {@link findPortProblems}.
 */
export async function findDbcIssues({ devices }: Config, load: LoadDbc = loadDbc): Promise<readonly ConfigIssue[]> {
  const files = devices.flatMap((device, index) =>
    'dbc' in device ? device.dbc.map((path, place) => ({ path, at: ['devices', index, 'dbc', place] })) : [],
  );
  const results = await Promise.allSettled(files.map(({ path }) => load(path)));
  return results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ path: files[index]?.at ?? [], message: sentenceOf(result.reason) }] : [],
  );
}

/**
 * Rules of `report` that name no message or signal of the DBC files of their device, or have no effect. Where a file cannot be read,
 * {@link findDbcIssues} says so, and nothing is said of the names.
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
