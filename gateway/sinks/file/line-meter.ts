import type { OutgoingEvent } from '#gateway/sinks/delivery/target.ts';
import { Gatherer } from '#gateway/sinks/meter/gatherer.ts';
import type { SinkMeter } from '#gateway/sinks/meter/sink-meter.ts';
import { composeLine, type LinePacket } from './compose-line.ts';
import type { FileKeys } from './file-keys.ts';
import { encodeMemberNow } from './member.ts';

/** By the files that would be written. */
export class LineMeter implements SinkMeter {
  readonly basis: string;
  readonly #gatewayUid: string;
  readonly #gatherer: Gatherer<LinePacket>;
  #fileBytes = 0;

  constructor({ compress, batch }: Pick<FileKeys, 'compress' | 'batch'>, gatewayUid: string) {
    this.basis = `nothing goes over a wire: bytes in the files, ${compress === 'none' ? 'not compressed' : compress}`;
    this.#gatewayUid = gatewayUid;
    this.#gatherer = new Gatherer({ maxAgeMs: 0, ...batch }, (packets) => {
      this.#fileBytes += encodeMemberNow(compress, Buffer.concat(packets.map(({ line }) => line))).length;
    });
  }

  add(event: OutgoingEvent): number {
    const packet = composeLine(this.#gatewayUid, event);
    this.#gatherer.add(packet, packet.sizeBytes, event.stored.record.stamp);
    return packet.sizeBytes;
  }

  wireBytes(): number {
    this.#gatherer.end();
    return this.#fileBytes;
  }
}
