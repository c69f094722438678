import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { WaystationError } from '#gateway/model/errors.ts';

/** Where commands look for the configuration when they are not told. */
export const DEFAULT_CONFIG_FILE = 'waystation.yaml';

/** How a command is told which running gateway it asks. */
export interface GatewayOptions {
  readonly config: string;
  readonly dataDir?: string;
}

/** Adds `-c` and `-d`; {@link findDataDir} reads them. */
export function withGatewayOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file of the gateway', DEFAULT_CONFIG_FILE)
    .option('-d, --data-dir <folder>', 'dataDir of the gateway, when its configuration cannot be read any more');
}

/** @throws WaystationError when the configuration has to be read and cannot be used */
export async function findDataDir({ config, dataDir }: GatewayOptions): Promise<string> {
  if (dataDir !== undefined) return resolve(dataDir);
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  return (await loadConfig(config)).dataDir;
}

/**
 * As {@link findDataDir}, of a folder that has to be there.
 *
 * @param attempt what it is looked for, such as `Looking for accounts`
 * @throws WaystationError `dataDir.missing`
 */
export async function findMadeDataDir(options: GatewayOptions, attempt: string): Promise<string> {
  const dataDir = await findDataDir(options);
  await expectFolder(dataDir, attempt);
  return dataDir;
}

/** @throws WaystationError `dataDir.missing` */
export async function expectFolder(dataDir: string, attempt: string): Promise<void> {
  await access(dataDir).catch((cause: unknown) => {
    throw new WaystationError('dataDir.missing', `${attempt}: there is no dataDir ${dataDir}`, { cause });
  });
}
