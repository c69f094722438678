import type { SinkConfig } from '#gateway/config/config-schema.ts';

/** What a sink logs in or signs with; a drive asks for nothing. */
export function credentialsOf(sink: SinkConfig) {
  return 'credentials' in sink ? sink.credentials : undefined;
}
