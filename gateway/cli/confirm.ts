import { createInterface } from 'node:readline/promises';

/** Who is asked: the terminal of the command. */
export interface Dialogue {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Where people answer. */
export const TERMINAL: Dialogue = { input: process.stdin, output: process.stdout };

/** Asks whether to go on. Nobody can answer where there is no terminal. */
export async function isConfirmed({ input, output }: Dialogue): Promise<boolean> {
  if (input.isTTY !== true) return false;
  const asking = createInterface({ input, output });
  try {
    return /^y(?:es)?$/i.test((await asking.question('Go on? [y/N] ')).trim());
  } finally {
    asking.close();
  }
}
