/** What a client of gpsd may ask for here. */
export type GpsdCommand =
  | { readonly kind: 'version' | 'devices' | 'poll' }
  /** What is absent stays as it is. */
  | { readonly kind: 'watch'; readonly isEnabled?: boolean; readonly isJson?: boolean; readonly device?: string }
  | { readonly kind: 'unknown'; readonly text: string };

/**
 * One request without its end: `?WATCH={"enable":true,"json":true}`. Never throws.
 *
 * @see https://gpsd.gitlab.io/gpsd/gpsd_json.html «Commands»
 */
export function parseGpsdCommand(text: string): GpsdCommand {
  const [, name = '', argument] = /^\?([A-Z]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (argument === undefined) {
    if (name === 'VERSION' || name === 'DEVICES' || name === 'POLL') return { kind: PLAIN[name] };
    return name === 'WATCH' ? { kind: 'watch' } : { kind: 'unknown', text };
  }
  const settings = name === 'WATCH' ? parseObject(argument) : undefined;
  if (settings === undefined) return { kind: 'unknown', text };
  const { enable, json, device } = settings;
  return {
    kind: 'watch',
    ...(typeof enable === 'boolean' ? { isEnabled: enable } : {}),
    ...(typeof json === 'boolean' ? { isJson: json } : {}),
    ...(typeof device === 'string' ? { device } : {}),
  };
}

const PLAIN = { VERSION: 'version', DEVICES: 'devices', POLL: 'poll' } as const;

function parseObject(text: string): { enable?: unknown; json?: unknown; device?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
