import type { DeliveryOptions } from './delivery/delivery.ts';
import type { DeliveryPolicy, TimeoutCode } from './delivery/delivery-state.ts';
import type { Packet } from './delivery/target.ts';
import type { SinkMeter } from './meter/sink-meter.ts';
import type { Sink } from './sink-options.ts';

/**
 * What the folder of a target says of itself: all that the rest of the gateway asks of a type of sink. Its module loads nothing
 * heavy; what opens the target, and what meters it, is loaded when that is called.
 *
 * @typeParam Options of a sink of this type, with its secrets read
 * @typeParam Keys those of them that are told from the configuration alone
 */
export interface TargetType<Options, Keys> {
  /** Of a send that nobody answers. */
  readonly timeoutCode: TimeoutCode;
  /** What `sinks explain` says of what such a target grants; empty where it is asked. */
  readonly note: string;
  /** What does not work as it is configured, or not well, as sentences. */
  remarksOn(sink: Keys): readonly string[];
  /** Opens the target and what delivers to it. @throws WaystationError `config.invalid` */
  open(options: Options, common: CommonDelivery): Promise<Sink>;
  /** For `sinks test-filter`. */
  openMeter(sink: Keys, names: GatewayNames): Promise<SinkMeter>;
}

/** What every delivery loop is made of. */
export interface CommonDelivery extends Omit<DeliveryOptions<Packet>, 'target' | 'policy'> {
  readonly policy: Omit<DeliveryPolicy, 'window'>;
}

/** What stands in envelopes; of the uid, a meter counts the length and not the digits. */
export interface GatewayNames {
  readonly gatewayId: string;
  readonly gatewayUid: string;
}
