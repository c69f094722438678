import type { Arrival } from './arrival.ts';
import { type Branch, type FarEnd, openIn } from './far-end.ts';
import type { HubNote } from './hub-log.ts';
import { HubProcess } from './hub-process.ts';
import { MosquittoFarEnd } from './mosquitto-far-end.ts';
import type { RunPlan } from './plan-run.ts';

/** Starts the hub of a plan. */
export async function openFarEnd({ hub }: RunPlan, folder: string): Promise<FarEnd> {
  if (hub.kind === 'mosquitto') return await MosquittoFarEnd.start(folder);
  const process = await HubProcess.start(folder, hub.habits);
  return {
    port: process.port,
    restart: async (awayMs) => {
      await process.kill();
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      await process.start();
    },
    arrivals: async (branch) => read(branch, await process.notes()),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

function read(branch: Branch, notes: readonly HubNote[]) {
  const arrivals: Arrival[] = [];
  const wrong: string[] = [];
  for (const note of notes) {
    if (note.kind === 'violation')
      wrong.push(`On connection ${note.connection} the gateway broke a rule: ${note.text}`);
    if (note.kind !== 'taken' && note.kind !== 'rejected') continue;
    try {
      const came = openIn(branch, note.publish, note.connection);
      arrivals.push(...(note.kind === 'taken' ? came : came.map((arrival) => ({ ...arrival, kind: note.kind }))));
    } catch (error) {
      wrong.push(`On connection ${note.connection} came no event: ${String(error)}`);
    }
  }
  return { arrivals, wrong };
}
