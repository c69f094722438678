import { SentenceDecoder } from '#devices/nmea0183/sentence-decoder.ts';
import { ReceiverFramer } from '#devices/ubx/receiver-framer.ts';
import type { UbxFrame } from '#devices/ubx/ubx-frame.ts';
import { decodeUbxMessage } from '#devices/ubx/ubx-message.ts';
import { EpochAssembler } from './epoch-assembler.ts';
import type { GnssEpoch } from './gnss-epoch.ts';
import type { GnssMessage } from './gnss-message.ts';
import type { ReceiverMonitor } from './receiver-monitor.ts';

/**
 * The bytes of a satellite receiver to its epochs: lines and frames (`receiver-framer.ts`), then what each says (`sentence-decoder.ts`,
 * `ubx-message.ts`), then one {@link GnssEpoch} per moment (`epoch-assembler.ts`). Each step is a file that can be read by itself.
 *
 * It owns no port, no clock and no timer, and never lends a receiver the host's date [S5]. The same bytes give the same epochs in
 * any chunking [S1]. One decoder serves one opening of a port: what it remembers (the date above all) must not outlive an unplug.
 */
export class GnssDecoder {
  readonly #assembler = new EpochAssembler();
  readonly #sentences = new SentenceDecoder((sentence) => this.#assemble(sentence));
  readonly #framer = new ReceiverFramer({
    onLine: (bytes, start, end) => this.#sentences.decode(bytes, start, end),
    onUbx: (frame) => this.#readFrame(frame),
  });
  readonly #refusedFrames: Record<string, number> = {};
  readonly #beginnings: { readonly timeOfDayMs: number; readonly offset: number }[] = [];
  #soundFrames = 0;
  /** Completed since the last call. */
  #epochs: GnssEpoch[] = [];

  /** The epochs that this chunk completes. */
  push(chunk: Uint8Array): readonly GnssEpoch[] {
    this.#framer.push(chunk);
    return this.#takeEpochs();
  }

  /**
   * The input has ended, or the receiver has been silent for longer than within an epoch: gives out the epoch under way.
   * A line without its line ending is taken as it stands; cut by the silence, it is lost.
   */
  flush(): readonly GnssEpoch[] {
    this.#framer.flush();
    this.#sentences.flush();
    return [...this.#takeEpochs(), ...this.#assembler.flush()];
  }

  /**
   * Where an epoch begins in the stream, by its first message that states the time; bytes since the start. Of the last few epochs only:
   * its driver asks when it is given out, to know when its first bytes came.
   */
  beginningOf({ timeOfDayMs }: GnssEpoch): number | undefined {
    return this.#beginnings.find((beginning) => beginning.timeOfDayMs === timeOfDayMs)?.offset;
  }

  /** How the receiver itself fares: antenna, jamming, dead reckoning, leap seconds. */
  get receiver(): ReceiverMonitor {
    return this.#assembler.receiver;
  }

  /** Messages that came whole, by protocol, also those that say nothing of an epoch: they prove that the port is set as the receiver is. */
  get messageCounts(): Readonly<Record<string, number>> {
    return { nmea0183: this.#sentences.soundLines, ubx: this.#soundFrames };
  }

  /**
   * What was refused since the start, by reason: lines, sentences, fields and messages by the reason of their decoder, `late-message` for
   * those of an epoch that had been given out, `ambiguous-message` for those that may be another receiver's, `bad-frame` for headers of
   * UBX or RTCM without a frame, and, in bytes, `discarded-bytes` that belonged to nothing.
   */
  get rejections(): Readonly<Record<string, number>> {
    return {
      ...this.#sentences.counts,
      ...this.#refusedFrames,
      ...nonZero('late-message', this.#assembler.lateMessages),
      ...nonZero('ambiguous-message', this.#assembler.ambiguousMessages),
      ...nonZero('bad-frame', this.#framer.badFrames),
      ...nonZero('discarded-bytes', this.#framer.discardedBytes),
    };
  }

  #readFrame(frame: UbxFrame): void {
    this.#soundFrames++;
    const message = decodeUbxMessage(frame);
    if (message === undefined) return;
    if (message.isDecoded) this.#assemble(message.value);
    else this.#refusedFrames[message.reason] = (this.#refusedFrames[message.reason] ?? 0) + 1;
  }

  #assemble(message: GnssMessage): void {
    const before = this.#assembler.timeOfDayMs;
    for (const epoch of this.#assembler.push(message)) this.#epochs.push(epoch);
    const { timeOfDayMs } = this.#assembler;
    if (timeOfDayMs !== undefined && timeOfDayMs !== before) this.#noteBeginning(timeOfDayMs);
  }

  #noteBeginning(timeOfDayMs: number): void {
    // Two receivers on one line take turns within an epoch.
    if (this.#beginnings.some((beginning) => beginning.timeOfDayMs === timeOfDayMs)) return;
    this.#beginnings.push({ timeOfDayMs, offset: this.#framer.itemOffset });
    if (this.#beginnings.length > REMEMBERED_BEGINNINGS) this.#beginnings.shift();
  }

  #takeEpochs(): readonly GnssEpoch[] {
    const epochs = this.#epochs;
    this.#epochs = [];
    return epochs;
  }
}

/** Epochs that may be under way or just over. */
const REMEMBERED_BEGINNINGS = 8;

function nonZero(reason: string, count: number): Readonly<Record<string, number>> {
  return count === 0 ? {} : { [reason]: count };
}
