/** What stands in the journal of one sink and stream. */
interface Place {
  readonly sink: string;
  readonly stream: string;
}

/** The sinks in the order of the configuration, each with its lanes by priority. */
export interface ConfiguredLane {
  readonly id: string;
  readonly lanes: readonly string[];
}

/** Sorts by the order of the configuration; sinks and lanes that are not in it stay as they are, behind. Pure. */
export function inConfiguredOrder<T extends Place>(
  places: readonly T[],
  sinks: readonly ConfiguredLane[],
): readonly T[] {
  const rank = new Map(
    sinks.flatMap(({ id, lanes }) => lanes.map((lane) => `${id}/${lane}`)).map((key, at) => [key, at]),
  );
  const sinkRank = new Map(sinks.map(({ id }, at) => [id, at]));
  return places.toSorted(
    (one, other) =>
      (sinkRank.get(one.sink) ?? sinks.length) - (sinkRank.get(other.sink) ?? sinks.length) ||
      (rank.get(`${one.sink}/${one.stream}`) ?? rank.size) - (rank.get(`${other.sink}/${other.stream}`) ?? rank.size),
  );
}

/** @returns none where no configuration can be read, as beside a copy of a folder: then the order there has to do */
export async function configuredLanes(file: string): Promise<readonly ConfiguredLane[]> {
  const { loadConfig } = await import('#gateway/config/load-config.ts');
  try {
    const { streams, sinks } = await loadConfig(file);
    return sinks.map(({ id, lanes = streams.map((stream) => stream.id) }) => ({ id, lanes }));
  } catch {
    return [];
  }
}
