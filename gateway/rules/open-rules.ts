/**
 * Rules are flows in Node-RED, a process of its own that the gateway starts, watches, and starts again: nothing a rule does may
 * touch the gateway [P2]. Rules meet the gateway on the broker only, as the account `rules`.
 *
 * This folder never runs a rule itself and never changes a flow that an operator made.
 * Start reading here; every decision is in `supervise.ts`, how Node-RED is fenced in is in `node-red-process.ts` and `child-settings.ts`.
 */
import { join } from 'node:path';
import { invariant, WaystationError } from '#gateway/model/errors.ts';
import type { AccountStatus, RulesStatus } from '#gateway/model/status.ts';
import type { Cancel, Clock } from '#gateway/runtime/clock.ts';
import type { Logger } from '#gateway/runtime/logger.ts';
import { findFlowFault } from './check-flows.ts';
import type { ChildMessage } from './child-message.ts';
import { type NodeRedProcess, type RulesBroker, SHIPPED_FLOWS, startNodeRed } from './node-red-process.ts';
import { adminTokenFile, prepareRulesFolder, type RulesFolder } from './rules-folder.ts';
import {
  initialSupervisorState,
  nextTickMs,
  type RulesProblem,
  type SupervisorAction,
  type SupervisorInput,
  type SupervisorState,
  stepSupervisor,
} from './supervise.ts';
import { syncDeploys } from './sync-flows.ts';
import { tryPort } from './try-port.ts';

/** The rules engine. Closing it ends the process. */
export interface Rules extends AsyncDisposable {
  status(): RulesStatus;
}

/** The account of the rules at the broker. */
export interface AccountAtBroker {
  status(): AccountStatus;
  /** Closes its connections, with all that they have not handed in yet. */
  disconnect(): void;
}

/** What {@link openRules} needs; the first two as under `rules` in the configuration. */
export interface RulesOptions {
  readonly port: number;
  readonly maxHeapMiB: number;
  readonly dataDir: string;
  readonly broker: RulesBroker;
  readonly account: AccountAtBroker;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** So many random hex digits. */
  readonly randomHex: (digitCount: number) => string;
  readonly logger: Logger;
}

/** What Node-RED takes beside its JavaScript heap: code, buffers, the editor's pages. */
const BESIDE_HEAP_MIB = 256;

/** Begins to start Node-RED: whether it comes up is for the status to say, and no reason for the gateway not to. */
export function openRules(options: RulesOptions): Rules {
  const rules = new SupervisedRules(options);
  rules.start();
  return rules;
}

class SupervisedRules implements Rules {
  readonly #options: RulesOptions;
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #stopped = Promise.withResolvers<void>();
  #state: SupervisorState;
  #preparing: Promise<void> = Promise.resolve();
  #prepared: RulesFolder | undefined;
  #deploys: Disposable | undefined;
  #process: NodeRedProcess | undefined;
  #cancelTick: Cancel = () => {};
  /** Publishes refused before the flows that run now were started. */
  #refusedBeforeCount = 0;

  constructor(options: RulesOptions) {
    this.#options = options;
    this.#folder = join(options.dataDir, 'rules');
    this.#logger = options.logger.child({ part: 'rules' });
    this.#state = initialSupervisorState(options.clock.monotonicMs());
  }

  start(): void {
    this.#input({ type: 'tick' });
  }

  status(): RulesStatus {
    const { phase, problem, restartCount, rssBytes } = this.#state;
    const { port, account } = this.#options;
    const { connectionCount, refusedPublishCount } = account.status();
    const found = problem ?? this.#refusal();
    return {
      state: phase.name === 'preparing' ? 'waiting' : phase.name,
      ...(found === undefined ? {} : { lastError: new WaystationError(found.code, found.text).summary }),
      url: `http://127.0.0.1:${port}/`,
      login: { username: 'admin', passwordFile: adminTokenFile(this.#folder) },
      ...(this.#process === undefined ? {} : { pid: this.#process.pid }),
      isConnected: connectionCount > 0,
      refusedPublishCount,
      rssBytes,
      restartCount,
    };
  }

  /** What the flows that run now have published and the broker refused. */
  #refusal() {
    const { refusedPublishCount, lastRefusal } = this.#options.account.status();
    if (lastRefusal === undefined || refusedPublishCount === this.#refusedBeforeCount) return undefined;
    return { code: 'rules.publishRefused', text: `the broker ${lastRefusal}` } as const;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#input({ type: 'stop' });
    await Promise.all([this.#stopped.promise, this.#preparing]);
    this.#deploys?.[Symbol.dispose]();
  }

  #input(input: SupervisorInput): void {
    const { clock, maxHeapMiB, random } = this.#options;
    const maxRssBytes = (maxHeapMiB + BESIDE_HEAP_MIB) * 2 ** 20;
    const before = this.#state;
    const [state, actions] = stepSupervisor(before, clock.monotonicMs(), input, { maxRssBytes, random });
    this.#state = state;
    if (state.phase.name !== before.phase.name) this.#tell(state);
    for (const action of actions) this.#act(action);
    this.#cancelTick();
    const dueMs = nextTickMs(this.#state);
    if (dueMs !== undefined && Number.isFinite(dueMs)) {
      this.#cancelTick = clock.schedule(Math.max(0, dueMs - clock.monotonicMs()), () => this.#input({ type: 'tick' }));
    }
    if (state.phase.name === 'stopped') this.#stopped.resolve();
  }

  #act(action: SupervisorAction): void {
    switch (action.type) {
      case 'prepare':
        this.#preparing = this.#prepare().then((problem) => {
          this.#input(problem === undefined ? { type: 'prepared' } : { type: 'blocked', problem });
        });
        break;
      case 'start':
        this.#startProcess(action.isSafe);
        break;
      case 'terminate':
        this.#process?.kill('SIGTERM');
        break;
      case 'kill':
        this.#process?.kill('SIGKILL');
        break;
    }
  }

  /** @returns what stands in the way */
  async #prepare(): Promise<RulesProblem | undefined> {
    const { port, randomHex } = this.#options;
    try {
      this.#prepared = await prepareRulesFolder(this.#folder, join(SHIPPED_FLOWS, 'overspeed'), randomHex);
      this.#deploys ??= syncDeploys(this.#prepared.userDir, this.#logger);
      const fault = await findFlowFault(this.#prepared.userDir);
      if (fault !== undefined) return { code: 'rules.unreadableFlows', text: `the rules do not run: ${fault}` };
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      return { code: 'rules.folderFailed', text: `preparing ${this.#folder}: ${found}` };
    }
    const found = await tryPort(port);
    if (found === undefined) return undefined;
    return { code: 'rules.portInUse', text: `cannot listen on 127.0.0.1:${port} (rules.port): ${found}` };
  }

  #startProcess(isSafe: boolean): void {
    const { port, maxHeapMiB, broker } = this.#options;
    const folder = this.#prepared;
    invariant(folder !== undefined, 'Node-RED is started in a folder that was prepared');
    const onExit = (how: string, lastLines: readonly string[]) => {
      this.#process = undefined;
      // What the broker has not read yet dies with it: a flood would go on out of the socket's buffer.
      this.#options.account.disconnect();
      if (lastLines.length > 0) this.#logger.warn({ how, lastLines }, 'The last lines of Node-RED.');
      this.#input({ type: 'exited', how });
    };
    const onMessage = (message: ChildMessage) => this.#receive(message);
    const options = { folder, flowsFolder: SHIPPED_FLOWS, port, maxHeapMiB, broker, isSafe, onMessage, onExit };
    try {
      this.#process = startNodeRed(options);
    } catch (error) {
      // The system has no memory for another process.
      onExit(error instanceof Error ? error.message : String(error), []);
    }
  }

  #receive(message: ChildMessage): void {
    switch (message.kind) {
      case 'log':
        this.#logger[message.level](message.node === undefined ? {} : { node: message.node }, message.text);
        break;
      case 'heartbeat':
        this.#input({ type: 'heartbeat', rssBytes: message.rssBytes });
        this.#watchFlood();
        break;
      case 'flowsStarted':
        this.#beginAnew();
        this.#input({ type: 'flowsStarted' });
        break;
      case 'flowsHeld':
        this.#input({ type: 'flowsHeld', reason: message.reason });
        break;
    }
  }

  /** What the flows before have done is no fault of those that start now. */
  #beginAnew(): void {
    const { account } = this.#options;
    const { heldBackMs, refusedPublishCount } = account.status();
    this.#refusedBeforeCount = refusedPublishCount;
    // A flood that is still unread would be taken for one of theirs.
    if (heldBackMs > 0) account.disconnect();
  }

  #watchFlood(): void {
    const { heldBackMs, lastTopic = '' } = this.#options.account.status();
    if (heldBackMs > 0) this.#input({ type: 'flooding', heldBackMs, topic: lastTopic });
  }

  #tell({ phase, problem }: SupervisorState): void {
    const { url, login } = this.status();
    const found = problem === undefined ? {} : { code: problem.code, problem: problem.text };
    switch (phase.name) {
      case 'running':
        this.#logger.info({ url, ...login }, 'The rules run.');
        break;
      case 'waiting':
        this.#logger.warn(found, 'The rules do not run; Node-RED is started again soon.');
        break;
      case 'held':
        this.#logger.error({ ...found, url, ...login }, 'The flows stand still until somebody deploys in the editor.');
        break;
      default:
        this.#logger.debug({ phase: phase.name }, 'Node-RED changes its state.');
    }
  }
}
