import type { ConfigIssue, ConfigPath } from '#gateway/config/config-problem.ts';
import type { Config } from '#gateway/config/config-schema.ts';
import { loadSecret, type SecretSource } from '#gateway/config/load-secret.ts';
import { WaystationError } from '#gateway/model/errors.ts';

/** What was found of the secrets that a configuration points to. */
export interface SecretFindings {
  /** Files that are not there, or empty: the gateway does not start. */
  readonly errors: readonly ConfigIssue[];
  /** Variables that are not set here, where those of the service may be; tokens, which may come later. */
  readonly warnings: readonly ConfigIssue[];
}

/** Looks for every password, by file or by environment variable. */
export async function checkSecrets(config: Config): Promise<SecretFindings> {
  const errors: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [];
  for (const { source, path } of secretsOf(config)) {
    const message = await whyUnreadable(source);
    if (message === undefined) continue;
    if ('env' in source) warnings.push({ path: [...path, 'passwordEnv'], message });
    else errors.push({ path: [...path, 'passwordFile'], message });
  }
  // A token is read when the sink connects.
  for (const [index, { credentials }] of config.sinks.entries()) {
    if (credentials === undefined || !('tokenFile' in credentials)) continue;
    const message = await whyUnreadable({ file: credentials.tokenFile });
    if (message !== undefined) warnings.push({ path: ['sinks', index, 'credentials', 'tokenFile'], message });
  }
  return { errors, warnings };
}

function secretsOf({ broker, sinks }: Config): readonly { readonly source: SecretSource; readonly path: ConfigPath }[] {
  const logins = broker.clients.map(({ password }, index) => ({
    source: password,
    path: ['broker', 'clients', index],
  }));
  const credentials = sinks.map(({ credentials: login }, index) => ({
    source: login !== undefined && 'password' in login ? login.password : undefined,
    path: ['sinks', index, 'credentials'],
  }));
  return [...logins, ...credentials].flatMap(({ source, path }) => (source === undefined ? [] : [{ source, path }]));
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
