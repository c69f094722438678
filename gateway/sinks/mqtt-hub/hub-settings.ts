import type { BatchCodec } from './batch/batch.ts';
import type { Bound, HubKind, HubProfile } from './hub-profiles.ts';
import { HUB_KINDS } from './hub-profiles.ts';
import type { HubLimits } from './session.ts';

/** What a configuration says of a hub, as far as its kind bears on it. */
export interface HubChoices {
  readonly url: string;
  readonly profile?: HubProfile | undefined;
  readonly prefix: string;
  readonly clientId?: string | undefined;
  readonly keepaliveSeconds?: number | undefined;
  readonly batch: 'off' | BatchChoices;
  readonly window: {
    readonly maxEvents?: number | undefined;
    readonly maxBytes?: number | undefined;
    readonly ackTimeoutMs: number;
  };
  /** Which kinds of credentials there are. */
  readonly credentials?:
    | {
        readonly username?: string | undefined;
        readonly certFile?: string | undefined;
        readonly tokenFile?: string | undefined;
      }
    | undefined;
}

/** `batch` of a sink. */
export interface BatchChoices {
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly codec: BatchCodec;
}

/** What becomes of it. */
export interface HubSettings {
  readonly window: { readonly maxEvents: number; readonly maxBytes: number; readonly ackTimeoutMs: number };
  readonly keepaliveSeconds: number;
  readonly limits: HubLimits;
  /** Infinity where nothing is known. */
  readonly maxPacketBytes: number;
  readonly alpn: string | undefined;
  /** Every setting that the sink goes by, for people. */
  readonly explained: readonly ExplainedSetting[];
  /** What will not work, or not as it is written. */
  readonly remarks: readonly string[];
}

/** One line of `waystation sinks explain`. */
export interface ExplainedSetting {
  readonly name: string;
  readonly value: string;
  readonly why: string;
}

/** A hub that is idle is asked more often where that costs nothing: see `idle-watch.ts`. */
const DEFAULT_KEEPALIVE_S = 30;
const DEFAULT_WINDOW_EVENTS = 100;
const DEFAULT_WINDOW_BYTES = 256 * 1024;
/** Batches that may be under way: enough for a long link, few enough to send again. */
const WINDOW_BATCHES = 10;
/** `devices/can0/EEC1`: the topics that every gateway has. */
const USUAL_LEVELS = 3;

/** What a sink goes by: what is configured, but never more than its kind of hub takes. Pure. */
export function settleHub(choices: HubChoices): HubSettings {
  const kind: HubKind | undefined = choices.profile === undefined ? undefined : HUB_KINDS[choices.profile];
  const { batch, window } = choices;
  const inBatches = batch === 'off' ? undefined : `${WINDOW_BATCHES} batches`;
  const perBatch = batch === 'off' ? undefined : { events: batch.maxEvents, bytes: batch.maxBytes };
  const settle = new Settler(kind);
  const maxEvents = settle.atMost('window.maxEvents', window.maxEvents, kind?.maxInFlight, {
    value: perBatch === undefined ? DEFAULT_WINDOW_EVENTS : perBatch.events * WINDOW_BATCHES,
    why: inBatches ?? 'unless configured',
    unit: perBatch?.events ?? 1,
  });
  const maxBytes = settle.atMost('window.maxBytes', window.maxBytes, kind?.maxInFlightBytes, {
    value: perBatch === undefined ? DEFAULT_WINDOW_BYTES : perBatch.bytes * WINDOW_BATCHES,
    why: inBatches ?? 'unless configured',
    unit: 1,
  });
  settle.note('window.ackTimeoutMs', window.ackTimeoutMs, 'a hub that is silent for so long is given up');
  const keepaliveSeconds = settle.atMost('keepaliveSeconds', choices.keepaliveSeconds, kind?.maxKeepaliveSeconds, {
    value: DEFAULT_KEEPALIVE_S,
    why: 'unless configured; an idle hub is asked more often, unless the link is metered',
    unit: 1,
  });
  if (batch !== 'off') {
    settle.note('batch', `${batch.maxEvents} events`, `or ${batch.maxBytes} bytes, or ${batch.maxAgeMs} ms old`);
    settle.note('batch.codec', batch.codec, batch.codec === 'columns' ? 'by columns' : 'one by one');
  }
  const maxPacketBytes = settle.limit('largest packet, bytes', kind?.maxPacketBytes) ?? Infinity;
  const maxInFlight = settle.limit('publishes in flight', kind?.maxInFlight);
  const maxPublishesPerSecond = settle.limit('publishes a second', kind?.maxPublishesPerSecond);
  const maxTopicLevels = settle.limit('levels of a topic', kind?.maxTopicLevels);
  const maxTopicBytes = settle.limit('bytes of a topic', kind?.maxTopicBytes);
  const alpn = new URL(choices.url).port === '443' ? kind?.alpnOn443 : undefined;
  if (alpn !== undefined) settle.note('ALPN', alpn, 'on port 443 it tells MQTT from HTTPS by it');
  return {
    window: { maxEvents, maxBytes, ackTimeoutMs: window.ackTimeoutMs },
    ...{ keepaliveSeconds, maxPacketBytes, alpn },
    limits: {
      ...(maxInFlight === undefined ? {} : { maxInFlight }),
      ...(maxPublishesPerSecond === undefined ? {} : { maxPublishesPerSecond }),
      ...(maxTopicLevels === undefined ? {} : { maxTopicLevels }),
      ...(maxTopicBytes === undefined ? {} : { maxTopicBytes }),
    },
    explained: settle.explained,
    remarks: [...settle.remarks, ...remarksOn(choices, kind)],
  };
}

/** Settles one setting after the other, and notes why. */
class Settler {
  readonly explained: ExplainedSetting[] = [];
  readonly remarks: string[] = [];
  readonly #kind: HubKind | undefined;

  constructor(kind: HubKind | undefined) {
    this.#kind = kind;
  }

  atMost(
    name: string,
    configured: number | undefined,
    bound: Bound | undefined,
    fallback: Bound & { /** How many of what is settled go into one of what is bounded. */ readonly unit: number },
  ): number {
    const wanted = configured ?? fallback.value;
    const most = bound === undefined ? Infinity : bound.value * fallback.unit;
    if (bound === undefined || wanted <= most) {
      this.note(name, wanted, configured === undefined ? fallback.why : 'as configured');
      return wanted;
    }
    this.note(name, most, `${this.#kind?.name}: ${bound.why}`);
    if (configured !== undefined) {
      this.remarks.push(
        `${name} is ${configured}, but ${this.#kind?.name} takes ${most} (${bound.why}): ${most} it is`,
      );
    }
    return most;
  }

  limit(name: string, bound: Bound | undefined): number | undefined {
    if (bound !== undefined) this.note(name, bound.value, `${this.#kind?.name}: ${bound.why}`);
    return bound?.value;
  }

  note(name: string, value: number | string, why: string): void {
    this.explained.push({ name, value: String(value), why });
  }
}

function remarksOn({ url, prefix, clientId, credentials }: HubChoices, kind: HubKind | undefined): readonly string[] {
  const { protocol, hostname } = new URL(url);
  const isPlain = protocol === 'mqtt:';
  const remarks: string[] = [];
  const hasSecret = credentials !== undefined && credentials.certFile === undefined;
  if (isPlain && hasSecret && !LOOPBACK.test(hostname)) {
    remarks.push('the password goes over the network for everybody to read; write mqtts:// in the url');
  }
  if (kind === undefined) return remarks;
  const { name, maxTopicLevels } = kind;
  if (kind.needsTls === true && isPlain) remarks.push(`${name} takes TLS only; write mqtts:// in the url`);
  if (kind.needsCertificate === true && credentials?.certFile === undefined) {
    remarks.push(`${name} takes a client certificate; give certFile and keyFile under credentials`);
  }
  if (kind.needsUsername === true && credentials?.username === undefined) {
    remarks.push(`${name} takes a username beside the certificate; give it under credentials`);
  }
  const levels = prefix.split('/').length + 1 + USUAL_LEVELS;
  if (maxTopicLevels !== undefined && levels > maxTopicLevels.value) {
    remarks.push(`topics have ${levels} levels below this prefix; ${name} takes ${maxTopicLevels.value}: shorten it`);
  }
  return clientId === undefined && kind.needsCertificate === true
    ? [...remarks, `${name} lets in the client ids that its policy names; set clientId`]
    : remarks;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
