import { counted } from './counted.ts';
import type { OrphanedCursor } from './status.ts';

/** What an orphaned cursor means to the operator. */
export interface OrphanNews {
  /** `sink hub`, `stream control`. */
  readonly part: string;
  /** A sentence. */
  readonly what: string;
  /** Another one. */
  readonly remedy: string;
}

/**
 * Tells of backlogs that nobody sends as it is configured: of a sink, a lane, or a stream that was taken out. What is owed nothing is
 * left out, and a stream is told of once, however many sinks have not had all of it.
 *
 * @param sinkIds those that are configured
 */
export function orphanNews(orphans: readonly OrphanedCursor[], sinkIds: readonly string[]): readonly OrphanNews[] {
  const news: OrphanNews[] = [];
  const untold = new Set<string>();
  for (const { sink, stream, backlogCount } of orphans) {
    if (backlogCount === undefined) untold.add(stream);
    else if (backlogCount > 0) news.push(newsOf(sink, stream, backlogCount, sinkIds.includes(sink)));
  }
  const ofStreams = [...untold].map((stream) => ({
    part: `stream ${stream}`,
    what: 'It is not configured; what sinks have not had of it stays on the disk, and is not sent.',
    remedy: `Configure ${stream} under streams again, and it goes on where it was.`,
  }));
  return [...news, ...ofStreams];
}

function newsOf(sink: string, stream: string, backlogCount: number, isLane: boolean): OrphanNews {
  const backlog = `${counted(backlogCount, 'record')} of ${stream}`;
  const giveUp = `give that up: waystation sinks forget ${sink}`;
  return isLane
    ? {
        part: `sink ${sink}`,
        what: `It has not had ${backlog}, which is none of its lanes.`,
        remedy: `Add ${stream} to its lanes again, or ${giveUp}`,
      }
    : {
        part: `sink ${sink}`,
        what: `It is not configured, and has not had ${backlog}.`,
        remedy: `Configure it again, or ${giveUp}`,
      };
}
