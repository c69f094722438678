import type { HubGrant } from '#gateway/model/hub-grant.ts';
import type { HubSettings } from './hub-settings.ts';

/** What the gateway asks for, as far as a hub may grant less. */
export interface HubWishes {
  readonly settings: Pick<HubSettings, 'window' | 'keepaliveSeconds' | 'limits' | 'maxPacketBytes'>;
  /** Without batches each event in flight is a publish. */
  readonly hasBatches: boolean;
  /** Own limit of a packet, before that of the profile. */
  readonly maxPacketBytes: number;
  /** Whether the hub is to keep, retained, that the gateway is there. */
  readonly hasStatus: boolean;
  /** How long the hub is to keep commands; undefined where none come down. */
  readonly sessionExpirySeconds: number | undefined;
}

/** A bound that both sides have. */
export interface ComparedSetting {
  readonly name: string;
  /** By the configuration and the profile; absent where they bound nothing. */
  readonly configured?: number | string;
  /** Absent where the hub stated nothing. */
  readonly granted?: number | string;
  readonly inEffect: number | string;
  /** Whose word that is. */
  readonly by: 'configuration' | 'hub' | 'both' | 'gateway';
}

/** Puts what is configured beside what the hub granted. Pure. */
export function compareGrant(wishes: HubWishes, grant: HubGrant): readonly ComparedSetting[] {
  const { settings, hasBatches, maxPacketBytes, hasStatus, sessionExpirySeconds } = wishes;
  const { window, limits, keepaliveSeconds } = settings;
  const ownInFlight = Math.min(limits.maxInFlight ?? Infinity, hasBatches ? Infinity : window.maxEvents);
  const { serverKeepAliveSeconds, maximumQos, topicAliasMaximum, isRetainAvailable } = grant;
  const keepalive = serverKeepAliveSeconds ?? keepaliveSeconds;
  return [
    smaller('publishes in flight', ownInFlight, grant.receiveMaximum, MAX_IN_FLIGHT),
    smaller('largest packet, bytes', Math.min(maxPacketBytes, settings.maxPacketBytes), grant.maximumPacketBytes),
    setting('keepalive, s', keepaliveSeconds, serverKeepAliveSeconds, keepalive),
    setting('QoS', 1, maximumQos, 1),
    // Topics differ from event to event: an alias would save little.
    { ...setting('topic aliases', 0, topicAliasMaximum, 0), by: 'gateway' },
    ...(hasStatus
      ? [setting('retained status', 'yes', wordOf(isRetainAvailable), wordOf(isRetainAvailable ?? true))]
      : []),
    ...(sessionExpirySeconds === undefined ? [] : [kept(sessionExpirySeconds, grant.sessionExpirySeconds)]),
  ];
}

/** Packet identifiers are 16 bits. */
const MAX_IN_FLIGHT = 65_535;

function smaller(name: string, configured: number, granted: number | undefined, most = Infinity): ComparedSetting {
  const inEffect = Math.min(configured, granted ?? most);
  return setting(name, Number.isFinite(configured) ? configured : undefined, granted, inEffect);
}

function kept(configured: number, granted: number | undefined): ComparedSetting {
  return setting('session kept, s', configured, granted, granted ?? configured);
}

function setting<T extends number | string>(
  name: string,
  configured: T | undefined,
  granted: T | undefined,
  inEffect: T,
): ComparedSetting {
  const isConfigured = configured === inEffect;
  const isGranted = granted === inEffect;
  return {
    name,
    ...(configured === undefined ? {} : { configured }),
    ...(granted === undefined ? {} : { granted }),
    inEffect,
    by: isConfigured && isGranted ? 'both' : isGranted ? 'hub' : isConfigured ? 'configuration' : 'gateway',
  };
}

function wordOf(is: boolean): string;
function wordOf(is: boolean | undefined): string | undefined;
function wordOf(is: boolean | undefined): string | undefined {
  return is === undefined ? undefined : is ? 'yes' : 'no';
}
