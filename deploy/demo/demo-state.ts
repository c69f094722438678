import type {
  AuditFigures,
  GatewayFigures,
  GatewayMessage,
  HubFigures,
  HubMessage,
  VehicleFigures,
  VehicleMessage,
} from './part-messages.ts';

/** Everything the launcher knows; what is drawn and what is decided follows from this value and the time alone. */
export interface DemoState {
  readonly vehicle: {
    readonly phase: PartPhase | 'stopped';
    readonly figures?: VehicleFigures;
    /** When each port came to the end of its recording. */
    readonly playedAtMs: Readonly<Record<string, number>>;
  };
  readonly gateway: {
    /** `failed`: it ended again and again and is not started any more. */
    readonly phase: PartPhase | 'failed';
    /** Of the process that runs now; 0 before the first. */
    readonly pid: number;
    readonly figures?: GatewayFigures;
    /** The devices that events came of, whichever process of the gateway told them. */
    readonly heardDevices: readonly string[];
    readonly heardAtMs: number;
    readonly startCount: number;
  };
  readonly hub: {
    readonly phase: PartPhase;
    readonly figures?: HubFigures;
    readonly linkSinceMs: number;
    readonly audit?: AuditFigures;
  };
}

/** Where a process is in its life. */
export type PartPhase = 'starting' | 'running' | 'down';

/** What can happen to the demo. */
export type DemoInput =
  | { readonly from: 'vehicle'; readonly message: VehicleMessage }
  | { readonly from: 'hub'; readonly message: HubMessage }
  | { readonly from: 'gateway'; readonly message: GatewayMessage }
  | { readonly from: 'gatewayStarted'; readonly pid: number }
  | { readonly from: 'gatewayGivenUp' }
  | { readonly from: 'ended'; readonly part: PartName };

/** The processes that are shown. */
export type PartName = 'vehicle' | 'gateway' | 'hub';

/** Before anything runs. */
export function initialDemoState(nowMs: number): DemoState {
  return {
    vehicle: { phase: 'starting', playedAtMs: {} },
    gateway: { phase: 'down', pid: 0, heardDevices: [], heardAtMs: nowMs, startCount: 0 },
    hub: { phase: 'starting', linkSinceMs: nowMs },
  };
}

/** The state after `input`. Errors change nothing: the launcher prints them. */
export function stepDemoState(state: DemoState, nowMs: number, input: DemoInput): DemoState {
  switch (input.from) {
    case 'vehicle':
      return { ...state, vehicle: stepVehicle(state.vehicle, nowMs, input.message) };
    case 'hub':
      return { ...state, hub: stepHub(state.hub, nowMs, input.message) };
    case 'gateway':
      return { ...state, gateway: stepGateway(state.gateway, nowMs, input.message) };
    case 'gatewayStarted': {
      const startCount = state.gateway.startCount + 1;
      return { ...state, gateway: { ...state.gateway, phase: 'starting', pid: input.pid, startCount } };
    }
    case 'gatewayGivenUp':
      return { ...state, gateway: { ...state.gateway, phase: 'failed' } };
    case 'ended':
      return { ...state, [input.part]: { ...state[input.part], phase: 'down' } };
  }
}

/** Events made, all sources together. */
export function madeCount(state: DemoState): number {
  return Object.values(state.vehicle.figures?.made ?? {}).reduce((total, count) => total + count, 0);
}

/** From a serial line to the journal: a receiver's last epoch ends by its silence. */
export const ON_ITS_WAY_MS = 1_500;

/** @returns the ports whose recording was played to its end without a single event coming of it */
export function barrenPorts(state: DemoState): readonly string[] {
  const { heardAtMs, heardDevices } = state.gateway;
  return Object.entries(state.vehicle.playedAtMs).flatMap(([port, endedAtMs]) => {
    const isJudged = heardAtMs - endedAtMs >= ON_ITS_WAY_MS;
    return isJudged && !heardDevices.includes(port === 'gnss' ? 'gps0' : 'can0') ? [port] : [];
  });
}

function stepVehicle(vehicle: DemoState['vehicle'], nowMs: number, message: VehicleMessage): DemoState['vehicle'] {
  switch (message.event) {
    case 'ready':
      return { ...vehicle, phase: 'running' };
    case 'stopped':
      return { ...vehicle, phase: 'stopped' };
    case 'status': {
      const { event: _, ...figures } = message;
      return { ...vehicle, figures };
    }
    case 'played':
      return { ...vehicle, playedAtMs: { ...vehicle.playedAtMs, [message.port]: nowMs } };
    case 'error':
      return vehicle;
  }
}

function stepHub(hub: DemoState['hub'], nowMs: number, message: HubMessage): DemoState['hub'] {
  switch (message.event) {
    case 'status': {
      const { event: _, ...figures } = message;
      const isSame = hub.figures?.link === figures.link;
      return { ...hub, phase: 'running', figures, linkSinceMs: isSame ? hub.linkSinceMs : nowMs };
    }
    case 'audit': {
      const { event: _, ...audit } = message;
      return { ...hub, audit };
    }
    case 'error':
      return hub;
  }
}

function stepGateway(gateway: DemoState['gateway'], nowMs: number, message: GatewayMessage): DemoState['gateway'] {
  // A snapshot can arrive after its process was killed: it says nothing about the one that runs now.
  const isDown = gateway.phase === 'down' || gateway.phase === 'failed';
  if (message.event === 'unreachable' || isDown || message.pid !== gateway.pid) return gateway;
  const { event: _, ...figures } = message;
  const heardDevices = [...new Set([...gateway.heardDevices, ...figures.heardDevices])];
  return { ...gateway, phase: 'running', figures, heardDevices, heardAtMs: nowMs };
}
