/**
 * What a call of the system found, without the call and its paths, which whoever tells it has named:
 * `ENOENT: no such file or directory` of `ENOENT: no such file or directory, open '/etc/none.yaml'`.
 */
export function systemWords(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'syscall' in cause ? cause.message.replace(CALL, '') : cause.message;
}

const CALL = /, [a-z]+(?: '.*)?$/s;
