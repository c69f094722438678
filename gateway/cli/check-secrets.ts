import type { ConfigIssue, ConfigPath } from '#gateway/config/config-problem.ts';
import type { Config } from '#gateway/config/config-schema.ts';
import { loadSecret, type SecretSource } from '#gateway/config/load-secret.ts';
import { credentialsOf } from '#gateway/config/sinks/credentials-of.ts';
import { WaystationError } from '#gateway/model/errors.ts';

/** What was found of the secrets that a configuration points to. */
export interface SecretFindings {
  /** Files that are not there, or empty: the gateway does not start. */
  readonly errors: readonly ConfigIssue[];
  /** Variables that are not set here, where those of the service may be; tokens, which may come later. */
  readonly warnings: readonly ConfigIssue[];
}

/** Looks for every password and token, by file or by environment variable. */
export async function checkSecrets(config: Config): Promise<SecretFindings> {
  const errors: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [];
  for (const { source, path, kind } of secretsOf(config)) {
    const message = await whyUnreadable(source);
    if (message === undefined) continue;
    if ('env' in source) warnings.push({ path: [...path, `${kind}Env`], message });
    else errors.push({ path: [...path, `${kind}File`], message });
  }
  // The token of a hub is read when the sink connects.
  for (const [index, sink] of config.sinks.entries()) {
    const credentials = credentialsOf(sink);
    if (credentials === undefined || !('tokenFile' in credentials)) continue;
    const message = await whyUnreadable({ file: credentials.tokenFile });
    if (message !== undefined) warnings.push({ path: ['sinks', index, 'credentials', 'tokenFile'], message });
  }
  return { errors, warnings };
}

interface PlacedSecret {
  readonly source: SecretSource;
  readonly path: ConfigPath;
  readonly kind: 'password' | 'token' | 'secret';
}

function secretsOf({ broker, sinks }: Config): readonly PlacedSecret[] {
  const clients = broker.clients.map(({ password }, index) => ({ source: password, index }));
  const logins = sinks.map((sink) => credentialsOf(sink));
  const tokens = logins.map((credentials, index) => ({
    source: credentials !== undefined && 'token' in credentials ? credentials.token : undefined,
    index,
  }));
  const keys = logins.map((credentials, index) => ({
    source: credentials !== undefined && 'secret' in credentials ? credentials.secret : undefined,
    index,
  }));
  const passwords = logins.map((credentials, index) => ({
    source: credentials !== undefined && 'password' in credentials ? credentials.password : undefined,
    index,
  }));
  return [
    ...placed(clients, 'password', (index) => ['broker', 'clients', index]),
    ...placed(passwords, 'password', (index) => ['sinks', index, 'credentials']),
    ...placed(tokens, 'token', (index) => ['sinks', index, 'credentials']),
    ...placed(keys, 'secret', (index) => ['sinks', index, 'credentials']),
  ];
}

function placed(
  secrets: readonly { readonly source: SecretSource | undefined; readonly index: number }[],
  kind: PlacedSecret['kind'],
  pathOf: (index: number) => ConfigPath,
): readonly PlacedSecret[] {
  return secrets.flatMap(({ source, index }) => (source === undefined ? [] : [{ source, path: pathOf(index), kind }]));
}

async function whyUnreadable(source: SecretSource): Promise<string | undefined> {
  try {
    await loadSecret(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof WaystationError)) throw error;
    return `${error.message}. ${error.remedy}`;
  }
}
