import { type ErrorCode, WaystationError } from '#gateway/model/errors.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'file.noDrive',
  ENOTDIR: 'file.noDrive',
  ENODEV: 'file.noDrive',
  ENXIO: 'file.noDrive',
  ENOSPC: 'file.full',
  EDQUOT: 'file.full',
  EROFS: 'file.notWritable',
  EACCES: 'file.notWritable',
  EPERM: 'file.notWritable',
};

/** What a failure of the file system means for a sink: a drive that is not there comes back by itself, a full one waits for a person. */
export function driveFault(directory: string, error: unknown): WaystationError {
  if (error instanceof WaystationError) return error;
  const code = error instanceof Error && 'code' in error ? CODES[String(error.code)] : undefined;
  const words = error instanceof Error ? error.message : String(error);
  return new WaystationError(code ?? 'file.failed', `Writing to ${directory}: ${words}.`, { cause: error });
}
