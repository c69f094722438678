import {
  authorityFault,
  chainBreakIn,
  inspectTls,
  type TlsMaterial,
  type Validity,
} from '#gateway/broker/listeners/tls-material.ts';
import type { ConfigIssue, ConfigPath } from '#gateway/config/config-problem.ts';
import type { Config } from '#gateway/config/config-schema.ts';
import { credentialsOf } from '#gateway/config/sinks/credentials-of.ts';

/** What was found of the certificates that a configuration points to. */
export interface CertificateFindings {
  /** Files that cannot be used: a listener that does not open keeps everybody out, and a sink never reaches its target. */
  readonly errors: readonly ConfigIssue[];
  /** The gateway starts, and clients or hubs refuse it: certificates out of their time, chains in disorder. */
  readonly warnings: readonly ConfigIssue[];
}

/** Looks at every certificate, key and authority of listeners and sinks. @param nowMs since the Unix epoch */
export async function checkCertificates({ broker, sinks }: Config, nowMs: number): Promise<CertificateFindings> {
  const errors: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [];
  for (const [index, listener] of broker.listeners.entries()) {
    if (!('cert' in listener)) continue;
    const found = await inspectTls(listener);
    const path = (key: string): ConfigPath => ['broker', 'listeners', index, key];
    if (found.isSound) warnings.push(...remarksOn(found.material, listener.cert, path, nowMs));
    else errors.push(...found.faults.map(({ file, error }) => ({ path: path(file), message: error.message })));
  }
  for (const [index, sink] of sinks.entries()) {
    const credentials = credentialsOf(sink);
    const message = 'ca' in sink && sink.ca !== undefined ? await authorityFault(sink.ca) : undefined;
    if (message !== undefined) errors.push({ path: ['sinks', index, 'ca'], message });
    if (credentials === undefined || !('certFile' in credentials)) continue;
    const { certFile, keyFile } = credentials;
    const found = await inspectTls({ cert: certFile, key: keyFile });
    const path = (key: string): ConfigPath => ['sinks', index, 'credentials', key === 'key' ? 'keyFile' : 'certFile'];
    if (found.isSound) warnings.push(...remarksOn(found.material, certFile, path, nowMs));
    else errors.push(...found.faults.map(({ file, error }) => ({ path: path(file), message: error.message })));
  }
  return { errors, warnings };
}

function remarksOn(
  material: TlsMaterial,
  cert: string,
  path: (key: string) => ConfigPath,
  nowMs: number,
): readonly ConfigIssue[] {
  const remarks = material.validities.flatMap((validity) => {
    const message = whyOutOfTime(validity, nowMs);
    const key = validity.file === cert ? 'cert' : 'clientCa';
    return message === undefined ? [] : [{ path: path(key), message }];
  });
  const chainBreak = chainBreakIn(material, cert);
  return chainBreak === undefined ? remarks : [...remarks, { path: path('cert'), message: chainBreak }];
}

function whyOutOfTime({ file, subject, fromMs, untilMs }: Validity, nowMs: number): string | undefined {
  if (nowMs >= untilMs) return `${file}: ${subject} has ended, on ${dayOf(untilMs)}`;
  if (nowMs < fromMs) return `${file}: ${subject} does not count before ${dayOf(fromMs)}`;
  return undefined;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
