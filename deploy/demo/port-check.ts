import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that the demo needs, and how to choose another. */
export interface NeededPort {
  readonly port: number;
  readonly purpose: string;
  readonly option: string;
  readonly configKey: string;
}

/** @returns one sentence for each port that cannot be had */
export async function findPortProblems(needed: readonly NeededPort[]): Promise<readonly string[]> {
  const problems = await Promise.all(
    needed.map(async ({ port, purpose, option, configKey }) => {
      const code = await tryListening(port);
      if (code === undefined) return [];
      const found = code === 'EADDRINUSE' ? 'is in use' : `cannot be had (${code})`;
      return [
        `Port ${port} of 127.0.0.1, for ${purpose}, ${found}. ` +
          `Choose another with ${option} N (${configKey} in the gateway's configuration).`,
      ];
    }),
  );
  return problems.flat();
}

/** @returns the code of the error, or undefined if the port is free */
function tryListening(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(undefined)));
  });
}
