import {
  encodeSlcanCommand,
  isSlcanBitrate,
  SLCAN_BITRATES,
  type SlcanCommand,
  SlcanCommandParser,
} from '#devices/can/slcan/slcan-command.ts';
import { expectThat, type FuzzInput, type FuzzTarget } from '#tests/fuzz/fuzz-target.ts';
import { composeStream, pick } from '#tests/fuzz/mutate.ts';
import type { SeededRandom } from '#tests/support/seeded-random.ts';
import { randomFrame } from './can-logs.ts';
import { describeFrame, expectPossible } from './frame-piece.ts';

function randomCommand(random: SeededRandom): SlcanCommand {
  return pick<() => SlcanCommand>(random, [
    () => ({ kind: 'transmit', frame: randomFrame(random) }),
    () => ({ kind: 'bitrate', bitrate: pick(random, SLCAN_BITRATES) }),
    () => ({ kind: 'acceptanceMask', value: random.integer(0, 2 ** 32 - 1) }),
    () => ({ kind: 'timestamps', isOn: random.next() < 0.5 }),
    () => ({ kind: pick(random, ['flush', 'open', 'listen', 'close', 'version', 'serial', 'status']) }),
  ])();
}

function read(input: FuzzInput): readonly SlcanCommand[] {
  const parser = new SlcanCommandParser();
  return input.flatMap((chunk) => parser.push(chunk)).flatMap((result) => (result.isDecoded ? [result.value] : []));
}

/** What hosts say to an adapter. */
export const SLCAN_COMMAND_TARGET: FuzzTarget = {
  name: 'slcan-commands',
  hasLoosePieces: true,
  generate: (random) =>
    composeStream(
      random,
      () => encodeSlcanCommand(randomCommand(random)),
      'tTrRdDbBSOLCZMmVNF0123456789abcdefABCDEF\r\x07',
    ),
  check(input) {
    const commands = read(input);
    const describe = (each: readonly SlcanCommand[]) => JSON.stringify(each);
    expectThat(describe(commands) === describe(read([Buffer.concat(input)])), () => 'other commands in other chunks');
    for (const command of commands) {
      if (command.kind === 'bitrate') expectThat(isSlcanBitrate(command.bitrate), () => `${command.bitrate} bit/s`);
      if (command.kind !== 'transmit') continue;
      expectPossible(command.frame);
      const [again] = read([encodeSlcanCommand(command)]);
      const isSame = again?.kind === 'transmit' && untimed(again.frame) === untimed(command.frame);
      expectThat(isSame, () => `${untimed(command.frame)} is not what its line says`);
    }
  },
  open() {
    const parser = new SlcanCommandParser();
    return (input) => {
      for (const chunk of input) parser.push(chunk);
    };
  },
};

/** A host states no time. */
function untimed(frame: Parameters<typeof describeFrame>[0]): string {
  return describeFrame(frame).split('@')[0] ?? '';
}
