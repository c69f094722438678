import { spawn } from 'node:child_process';
import type { OpenDatagramPipe } from './datagram-pipe.ts';

/** Datagrams that may wait for a socket that nobody reads. */
const MAX_WAITING_DATAGRAMS = 16;
/** The last words of a process that ended, at most. */
const MAX_DETAIL_CHARS = 300;

/**
 * Node has no Unix datagram sockets. `socat` has, and reads its input in blocks of one datagram; both ends of that are whole
 * multiples of it, so no datagram is ever cut or joined. See decision 15.
 */
export const openSocatPipe: OpenDatagramPipe = (path, sizeBytes, onFailed) => {
  const socat = spawn('socat', ['-u', `-b${sizeBytes}`, 'STDIN', `UNIX-SENDTO:${escapeAddress(path)}`], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let detail = '';
  let isOver = false;
  const fail = (isProgramMissing: boolean, text: string) => {
    if (!isOver) onFailed({ isProgramMissing, detail: text });
    isOver = true;
  };
  socat.stderr.setEncoding('utf8').on('data', (text: string) => {
    detail = (detail + text).slice(-MAX_DETAIL_CHARS);
  });
  socat.on('error', (error: NodeJS.ErrnoException) => fail(error.code === 'ENOENT', error.message));
  socat.on('close', (code, signal) => fail(false, reasonOf(detail) ?? `socat ended (${signal ?? code})`));
  // What is written to a process that has just ended is lost, and told by its end.
  socat.stdin.on('error', () => {});
  return {
    send(datagram) {
      if (isOver || socat.stdin.writableLength >= MAX_WAITING_DATAGRAMS * sizeBytes) return false;
      socat.stdin.write(datagram);
      return true;
    },
    [Symbol.dispose]() {
      isOver = true;
      socat.kill();
    },
  };
};

/** What socat takes for the end of an address or of an option within it. */
function escapeAddress(path: string): string {
  return path.replaceAll(/[\\:,!"'([{]/g, '\\$&');
}

/**
 * The system's reason in the last words of socat, which begin with a time and may name a call with addresses that change from one process
 * to the next: `2026/11/28 10:47:26 socat[9679] E sendto(…): No such file or directory`.
 *
 * @returns undefined where it said nothing
 */
export function reasonOf(text: string): string | undefined {
  const line = text.trim().split('\n').at(-1);
  return line === undefined || line === ''
    ? undefined
    : line.replace(/^\S+ \S+ socat\[\d+\] \w /, '').replace(/^.*\): /, '');
}
