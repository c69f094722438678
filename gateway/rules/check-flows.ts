import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBounded } from '#gateway/runtime/read-bounded.ts';
import { FLOW_FILES } from './rules-folder.ts';

/** Node-RED takes deploys of 5 MB; the file is their pretty form. More is refused before it is read. */
export const MAX_FLOW_FILE_BYTES = 32 * 2 ** 20;

/**
 * Looks at the files of Node-RED before it starts: it takes what it cannot read for no flows at all, and runs as if nothing were
 * wrong; others it waits for, for ever. Only reads.
 *
 * @returns which file is unreadable and why
 */
export async function findFlowFault(userDir: string): Promise<string | undefined> {
  for (const name of FLOW_FILES) {
    const text = await readFlowFile(userDir, name);
    const fault = typeof text === 'string' ? contentFault(name, text) : text?.fault;
    if (fault !== undefined) return `${join(userDir, name)} ${fault}`;
  }
  return undefined;
}

/** @returns why Node-RED would not take the content of that file */
export function contentFault(name: string, text: string): string | undefined {
  let content: unknown;
  try {
    // As Node-RED does, which lets a byte order mark pass.
    content = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return text === '' ? 'is empty' : 'is not JSON';
  }
  if (name !== FLOWS_FILE) return isObject(content) ? undefined : 'is not an object of credentials';
  if (!Array.isArray(content)) return 'is not a list of nodes';
  const index = content.findIndex((node: unknown) => !isNode(node));
  return index < 0 ? undefined : `is not a list of nodes: entry ${index} has no id and type that are text`;
}

const FLOWS_FILE = 'flows.json';

/** @returns the text that Node-RED would use; undefined where there is no file, which is no fault */
async function readFlowFile(userDir: string, name: string): Promise<string | { readonly fault: string } | undefined> {
  const text = await readIfThere(join(userDir, name));
  if (text !== '') return text;
  // In place of an empty file Node-RED puts its copy of the deploy before.
  const backup = await readIfThere(join(userDir, `.${name}.backup`));
  return typeof backup === 'string' ? backup : text;
}

async function readIfThere(path: string): Promise<string | { readonly fault: string } | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { fault: 'is no file' };
    if (found.size > MAX_FLOW_FILE_BYTES) return { fault: `has more than ${MAX_FLOW_FILE_BYTES / 2 ** 20} MiB` };
    return (await readBounded(path, MAX_FLOW_FILE_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isNode(node: unknown): boolean {
  return isObject(node) && isText(Reflect.get(node, 'id')) && isText(Reflect.get(node, 'type'));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
