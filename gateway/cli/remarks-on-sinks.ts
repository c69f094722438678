import type { Config } from '#gateway/config/config-schema.ts';
import { targetTypeOf } from '#gateway/sinks/target-types.ts';

/** What targets will not take as it is configured, and web hooks that anybody may answer for, as sentences. */
export async function remarksOnSinks({ sinks }: Config): Promise<readonly string[]> {
  const remarks = sinks.map(async (sink) => {
    const type = await targetTypeOf(sink);
    return type.remarksOn(sink).map((remark) => `sink ${sink.id}: ${remark}`);
  });
  return (await Promise.all(remarks)).flat();
}
