import { expect, it } from 'vitest';
import { encodeSlcanCommand, type SlcanBitrate, type SlcanCommand } from '#devices/can/slcan/slcan-command.ts';
import { SlcanParser } from '#devices/can/slcan/slcan-parser.ts';
import type { AdapterDialogue, AdapterElectronics, ChannelMode } from '#firmware-sim/can/adapter-dialogue.ts';
import { CanableAdapter } from '#firmware-sim/can/canable-adapter.ts';
import { SlcanAdapter } from '#firmware-sim/can/slcan-adapter.ts';
import { SlcanSession } from '#gateway/sources/slcan-session.ts';

/** The gateway's session and a simulated adapter, cable between them; the adapter's openings are what a bus would notice. */
function converse(makeAdapter: (electronics: AdapterElectronics) => AdapterDialogue, listenOnly: boolean) {
  const openings: { readonly mode: ChannelMode; readonly bitrate: SlcanBitrate }[] = [];
  let flags = 0;
  const adapter = makeAdapter({
    opened: (mode, bitrate) => openings.push({ mode, bitrate }),
    closed: () => {},
    readFlags: () => flags,
    transmit: () => {
      throw new Error('a frame for the bus');
    },
    refused: () => {
      throw new Error('a frame for the bus');
    },
  });
  const session = new SlcanSession({ bitrate: 250_000, listenOnly, baud: 115_200 }, 0);
  const parser = new SlcanParser({
    onFrame: () => {},
    onAnswer: (answer) => say(session.step(0, { kind: 'answer', answer }).commands),
  });
  const say = (commands: readonly SlcanCommand[]) => {
    for (const answer of adapter.push(Buffer.concat(commands.map(encodeSlcanCommand)))) parser.push(answer);
  };
  say(session.open());
  const pass = (nowMs: number, frameCount: number) =>
    say(session.step(nowMs, { kind: 'tick', frameCount, receivedBytes: 22 * frameCount }).commands);
  const setFlags = (bits: number) => {
    flags = bits;
  };
  return { adapter, session, openings, pass, setFlags };
}

const KINDS = [
  ['lawicel', (electronics: AdapterElectronics) => new SlcanAdapter(electronics)],
  ['canable', (electronics: AdapterElectronics) => new CanableAdapter(electronics)],
] as const;

it.each(KINDS)('a %s that may only listen is found out, and never takes part in the bus [S4]', (kind, makeAdapter) => {
  const { adapter, session, openings, pass } = converse(makeAdapter, true);
  expect(adapter.isChannelOpen).toBe(true);
  expect(session.status()).toMatchObject({ profile: kind, isCertain: true });
  for (let nowMs = 500; nowMs < 100_000; nowMs += 500) pass(nowMs, 0);
  expect(session.status().busReopenCount).toBeGreaterThan(2);
  expect(adapter.isChannelOpen).toBe(true);
  expect(new Set(openings.map(({ mode }) => mode))).toEqual(new Set(['listenOnly']));
  expect(openings.at(-1)).toEqual({ mode: 'listenOnly', bitrate: 250_000 });
});

it.each(KINDS)('a %s that may take part does', (_, makeAdapter) => {
  const { adapter, openings } = converse(makeAdapter, false);
  expect(adapter.isChannelOpen).toBe(true);
  expect(openings.at(-1)).toEqual({ mode: 'normal', bitrate: 250_000 });
});

it('a lawicel tells its flags, and the time of its frames', () => {
  const { adapter, session, pass, setFlags } = converse((electronics) => new SlcanAdapter(electronics), true);
  setFlags(0x20 | 0x08);
  pass(1000, 1);
  expect(session.busState).toBe('passive');
  expect(session.status()).toMatchObject({ dataOverrunCount: 1 });
  const frame = { id: 1, isExtended: false, isRemote: false, data: new Uint8Array(0), timestampMs: 61_000 };
  expect(Buffer.from(adapter.encode(frame)).toString()).toBe('t001003E8\r');
});
