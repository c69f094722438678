import type { DemoFolder } from './demo-folder.ts';
import { DemoProcesses } from './demo-processes.ts';
import {
  barrenPorts,
  type DemoInput,
  type DemoState,
  initialDemoState,
  type PartName,
  stepDemoState,
} from './demo-state.ts';
import { lastError } from './last-error.ts';
import type { Screen } from './live-screen.ts';
import type { DemoOptions } from './options.ts';
import type { HubMessage, VehicleMessage } from './part-messages.ts';
import {
  beginQuit,
  describeQuit,
  judge,
  type QuitAction,
  type QuitSequence,
  type QuitStep,
  stepQuit,
} from './quit-sequence.ts';
import { type Look, renderBlock, renderLine } from './render.ts';

const TICK_MS = 200;
const LINE_INTERVAL_MS = 1_000;
/** A gateway that ends this often within this time will not come up by being started again. */
const MAX_EARLY_ENDS = 3;
const EARLY_END_MS = 5_000;
const RESTART_DELAY_MS = 1_000;
/** Usage, a data folder that cannot be had, a configuration that cannot be used: another start would end the same way. */
const PERMANENT_ENDS: ReadonlySet<string> = new Set(['exit code 2', 'exit code 73', 'exit code 78']);

const BARREN_GNSS =
  'Nothing in the GNSS recording was understood: it needs NMEA 0183 or u-blox UBX, as the receiver sent it.';
const BARREN_CAN = 'No frame of the CAN recording is known to the DBC; --dbc FILE names another.';

/** How a session is shown. */
export interface SessionView {
  readonly screen: Screen;
  /** How the block looks, asked at each drawing; undefined where there is no terminal, and a line per second stands for it. */
  readonly look?: () => Look;
}

/** One run of the demo, from the first process to the last: wires processes, state, screen and keys; decides nothing that is not in them. */
export class DemoSession {
  readonly #view: SessionView;
  readonly #processes: DemoProcesses;
  readonly #isPlayback: boolean;
  readonly #gatewayLog: string;
  readonly #finished: Promise<number>;
  #finish: (exitCode: number) => void = () => {};
  #state: DemoState;
  #quit: QuitSequence | undefined;
  #announcedStep: QuitStep | undefined;
  readonly #barrenPorts = new Set<string>();
  #hasFailed = false;
  #isAbandoned = false;
  #isKilling = false;
  #gatewayStartedAtMs = 0;
  #earlyEndCount = 0;
  #lineAtMs = 0;

  constructor(checkout: string, options: DemoOptions, folder: DemoFolder, view: SessionView) {
    this.#view = view;
    this.#isPlayback = options.gnss !== undefined || options.can !== undefined;
    this.#gatewayLog = folder.gatewayLog;
    this.#state = initialDemoState(Date.now());
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#processes = new DemoProcesses(checkout, options, folder, {
      input: (input) => this.#input(input),
      ended: (part, how, lastLines) => this.#ended(part, how, lastLines),
    });
  }

  /** @returns the exit code, when everything has ended */
  async run(): Promise<number> {
    this.#processes.startHub();
    this.#processes.startVehicle();
    this.#startGateway();
    this.#processes.startWatch();
    const ticker = setInterval(() => this.#tick(), TICK_MS);
    const exitCode = await this.#finished;
    clearInterval(ticker);
    this.#processes.close();
    return exitCode;
  }

  /** `c` */
  toggleLink(): void {
    if (this.#quit !== undefined) return;
    const isCut = this.#state.hub.figures?.link === 'cut';
    this.#processes.send('hub', { do: isCut ? 'restore' : 'cut' });
    this.#view.screen.note(isCut ? 'The link is restored.' : 'The link is cut: the journal keeps what cannot be sent.');
  }

  /** `k` */
  killGateway(): void {
    const { phase } = this.#state.gateway;
    if (this.#quit !== undefined || phase === 'down' || phase === 'failed') return;
    this.#isKilling = true;
    this.#view.screen.note('The gateway is killed with SIGKILL and started again.');
    this.#processes.signalGateway('SIGKILL');
  }

  /** `q`, or the first signal. A second one ends everything at once. */
  quit(): void {
    if (this.#quit !== undefined) {
      this.#view.screen.draw([]);
      this.#view.screen.note('Ended at once; the next run goes on with the journal.');
      this.#isAbandoned = true;
      this.#processes.killAll();
      this.#finish(1);
      return;
    }
    const [quit, actions] = beginQuit(Date.now());
    this.#quit = quit;
    for (const action of actions) this.#act(action);
  }

  #startGateway(): void {
    this.#gatewayStartedAtMs = Date.now();
    this.#processes.startGateway();
  }

  #input(input: DemoInput): void {
    this.#state = stepDemoState(this.#state, Date.now(), input);
    if (input.from === 'vehicle' || input.from === 'hub') this.#tell(input.from, input.message);
  }

  #tell(part: PartName, message: VehicleMessage | HubMessage): void {
    if (message.event === 'error') this.#view.screen.note(`${part}: ${message.message}. ${message.remedy}`);
    if (message.event === 'played') {
      this.#view.screen.note(
        `The ${message.port} recording has been played to its end: ${message.count} lines; q quits.`,
      );
    }
  }

  #ended(part: PartName, how: string, lastLines: readonly string[]): void {
    if (this.#isAbandoned) return;
    this.#input({ from: 'ended', part });
    const isExpected =
      this.#quit?.step === 'rest' || (part === 'gateway' && (this.#isKilling || this.#quit?.step === 'gateway'));
    const isPermanent = part === 'gateway' && PERMANENT_ENDS.has(how);
    if (isPermanent) {
      this.#view.screen.note([`The gateway cannot start (${how}):`, ...lastError(lastLines)].join('\n  '));
    } else if (!isExpected) {
      // What a part said to the launcher has been shown already.
      const untold = lastLines.filter((line) => !line.startsWith('{"event":'));
      const heading = `The ${part} ended unexpectedly (${how}).${untold.length > 0 ? ' Its last lines:' : ''}`;
      this.#view.screen.note([heading, ...untold].join('\n  '));
    }
    if (part === 'gateway') this.#gatewayEnded(isPermanent);
    else if (!isExpected) this.#fail();
  }

  /** The gateway is the one part that must come back: at once after `k`, else a little later, and not for ever. */
  #gatewayEnded(isPermanent: boolean): void {
    const isTooLate = this.#quit !== undefined && this.#quit.step !== 'vehicle' && this.#quit.step !== 'drain';
    if (isTooLate) return;
    if (this.#isKilling && !isPermanent) {
      this.#isKilling = false;
      this.#startGateway();
      return;
    }
    const isEarly = Date.now() - this.#gatewayStartedAtMs < EARLY_END_MS;
    this.#earlyEndCount = isEarly ? this.#earlyEndCount + 1 : 0;
    if (isPermanent || this.#earlyEndCount >= MAX_EARLY_ENDS) {
      this.#input({ from: 'gatewayGivenUp' });
      this.#fail();
      return;
    }
    setTimeout(() => {
      if (this.#state.gateway.phase === 'down') this.#startGateway();
    }, RESTART_DELAY_MS);
  }

  #fail(): void {
    this.#hasFailed = true;
    if (this.#quit === undefined) this.quit();
  }

  #tick(): void {
    const nowMs = Date.now();
    if (this.#quit !== undefined) {
      const [quit, actions] = stepQuit(this.#quit, nowMs, this.#state, this.#processes.isRestGone);
      this.#quit = quit;
      for (const action of actions) this.#act(action);
    }
    this.#warnOfBarrenPorts();
    this.#show(nowMs);
    if (this.#quit?.step === 'done') this.#conclude(this.#quit);
  }

  #warnOfBarrenPorts(): void {
    for (const port of barrenPorts(this.#state)) {
      if (this.#barrenPorts.has(port)) continue;
      this.#barrenPorts.add(port);
      this.#view.screen.note(port === 'gnss' ? BARREN_GNSS : BARREN_CAN);
    }
  }

  #show(nowMs: number): void {
    const quitText = this.#quit === undefined ? undefined : describeQuit(this.#quit, this.#state);
    const look = this.#view.look?.();
    if (look !== undefined) {
      const headline = quitText === undefined ? undefined : `${quitText} (q again leaves at once)`;
      this.#view.screen.draw(renderBlock(this.#state, look, headline));
      return;
    }
    if (quitText !== undefined) this.#announce(quitText);
    if (nowMs - this.#lineAtMs < LINE_INTERVAL_MS) return;
    this.#lineAtMs = nowMs;
    this.#view.screen.note(renderLine(this.#state));
  }

  /** A log says once what is waited for; without a gateway there is nothing to wait for. */
  #announce(quitText: string): void {
    const step = this.#quit?.step;
    const isNew = step !== this.#announcedStep && step !== 'done';
    if (isNew && this.#state.gateway.phase !== 'failed') this.#view.screen.note(quitText);
    this.#announcedStep = step;
  }

  #act(action: QuitAction): void {
    switch (action) {
      case 'stopVehicle':
        this.#processes.send('vehicle', { do: 'stop' });
        break;
      case 'askAudit':
        this.#processes.send('hub', { do: 'audit' });
        break;
      case 'stopGateway':
        this.#processes.signalGateway('SIGTERM');
        break;
      case 'killGateway':
        this.#processes.signalGateway('SIGKILL');
        break;
      case 'endRest':
        this.#processes.endRest();
        break;
      case 'killRest':
        this.#processes.killAll();
        break;
    }
  }

  #conclude(quit: QuitSequence): void {
    this.#view.screen.draw([]);
    if (this.#state.gateway.phase === 'failed') {
      this.#view.screen.note(`The demo ended because its gateway does not come up; its log is ${this.#gatewayLog}`);
      this.#finish(1);
      return;
    }
    const verdict = judge(this.#state, quit.isDrained, this.#isPlayback);
    for (const line of verdict.lines) this.#view.screen.note(line);
    this.#finish(this.#hasFailed ? 1 : verdict.exitCode);
  }
}
