import { describe, expect, it } from 'vitest';
import {
  CRASH_WINDOW_MS,
  HEARTBEAT_TIMEOUT_MS,
  initialSupervisorState,
  MAX_FLOOD_MS,
  nextTickMs,
  STABLE_MS,
  START_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  type SupervisorAction,
  type SupervisorInput,
  type SupervisorState,
  stepSupervisor,
} from './supervise.ts';

const MAX_RSS_BYTES = 500 * 2 ** 20;

/** Feeds the policy by hand; the delays are the longest that chance can give. */
class Timeline {
  state: SupervisorState = initialSupervisorState(0);
  nowMs = 0;

  at(nowMs: number, input: SupervisorInput): readonly SupervisorAction[] {
    this.nowMs = nowMs;
    const [state, actions] = stepSupervisor(this.state, nowMs, input, {
      maxRssBytes: MAX_RSS_BYTES,
      random: () => 0.999,
    });
    this.state = state;
    return actions;
  }

  after(delayMs: number, input: SupervisorInput): readonly SupervisorAction[] {
    return this.at(this.nowMs + delayMs, input);
  }

  /** Lets the next tick come when it is due. */
  tick(lateMs = 0): readonly SupervisorAction[] {
    return this.at((nextTickMs(this.state) ?? this.nowMs) + lateMs, { type: 'tick' });
  }

  /** From wherever it waits to running flows. @returns how it was started */
  comeUp(): SupervisorAction | undefined {
    this.tick();
    const [start] = this.after(1, { type: 'prepared' });
    this.after(800, { type: 'flowsStarted' });
    return start;
  }

  /** The same into safe mode. */
  comeUpSafely(): SupervisorAction | undefined {
    this.tick();
    const [start] = this.after(1, { type: 'prepared' });
    this.after(800, { type: 'flowsHeld', reason: 'safe-mode' });
    return start;
  }

  crash(afterMs: number): void {
    this.after(afterMs, { type: 'exited', how: 'exit code 7' });
  }
}

const beat = (rssBytes = 140 * 2 ** 20): SupervisorInput => ({ type: 'heartbeat', rssBytes });

const flooding = (heldBackMs: number): SupervisorInput => ({ type: 'flooding', heldBackMs, topic: 'events/loop' });

describe('stepSupervisor', () => {
  it('prepares, starts, and runs once the flows do', () => {
    const line = new Timeline();
    expect(line.tick()).toEqual([{ type: 'prepare' }]);
    expect(line.after(5, { type: 'prepared' })).toEqual([{ type: 'start', isSafe: false }]);
    expect(line.state.phase.name).toBe('starting');
    line.after(900, { type: 'flowsStarted' });
    expect(line.state.phase.name).toBe('running');
  });

  it('kills what gives no sign of life, and starts it again [P2]', () => {
    const line = new Timeline();
    line.comeUp();
    line.after(3000, beat());
    line.after(HEARTBEAT_TIMEOUT_MS - 1, { type: 'tick' });
    expect(line.state.phase.name).toBe('running');
    expect(line.after(1, { type: 'tick' })).toEqual([{ type: 'kill' }]);
    line.crash(10);
    expect(line.state).toMatchObject({ restartCount: 1, problem: { code: 'rules.crashed' } });
    expect(line.state.problem?.text).toContain('no sign of life for 4 s');
    expect(line.comeUp()).toEqual({ type: 'start', isSafe: false });
    expect(line.state.problem).toBeUndefined();
  });

  it('does not blame Node-RED for a gateway that stood still itself', () => {
    const line = new Timeline();
    line.comeUp();
    expect(line.tick(5000)).toEqual([]);
    expect(line.state.phase.name).toBe('running');
    expect(line.tick()).toEqual([{ type: 'kill' }]);
  });

  it('kills what takes more memory than allowed [P3]', () => {
    const line = new Timeline();
    line.comeUp();
    expect(line.after(1000, beat(MAX_RSS_BYTES))).toEqual([]);
    expect(line.after(1000, beat(MAX_RSS_BYTES + 1))).toEqual([{ type: 'kill' }]);
    line.crash(10);
    expect(line.state.problem?.text).toContain('it took 500 MiB of memory');
  });

  it('kills what does not come up, heartbeat or not', () => {
    const line = new Timeline();
    line.tick();
    line.after(0, { type: 'prepared' });
    line.after(START_TIMEOUT_MS - 1, beat());
    expect(line.after(1, { type: 'tick' })).toEqual([{ type: 'kill' }]);
  });

  it('comes back in safe mode after two crashes within a minute, and leaves it with a deploy', () => {
    const line = new Timeline();
    line.comeUp();
    line.crash(100);
    line.comeUp();
    line.crash(100);
    line.tick();
    expect(line.after(1, { type: 'prepared' })).toEqual([{ type: 'start', isSafe: true }]);
    line.after(800, { type: 'flowsHeld', reason: 'safe-mode' });
    expect(line.state).toMatchObject({ phase: { name: 'held' }, problem: { code: 'rules.held' } });
    expect(line.state.problem?.text).toBe('Node-RED runs, its flows do not (safe-mode); Node-RED ended: exit code 7');
    line.after(1000, beat());
    line.after(2000, { type: 'flowsStarted' });
    expect(line.state).toMatchObject({ phase: { name: 'running' }, attempt: 0 });
    expect(line.state.problem).toBeUndefined();
  });

  it('does not hold two crashes against it that lie further apart', () => {
    const line = new Timeline();
    line.comeUp();
    line.crash(100);
    line.comeUp();
    line.crash(CRASH_WINDOW_MS + 1000);
    expect(line.comeUp()).toEqual({ type: 'start', isSafe: false });
  });

  it('stops flows that flood the broker, in safe mode at once and through a crash, until somebody deploys [P3]', () => {
    const line = new Timeline();
    line.comeUp();
    expect(line.after(1000, flooding(MAX_FLOOD_MS - 1))).toEqual([]);
    expect(line.after(1000, flooding(MAX_FLOOD_MS))).toEqual([{ type: 'kill' }]);
    line.crash(10);
    expect(line.comeUpSafely()).toEqual({ type: 'start', isSafe: true });
    const text = 'publishes of the flows had to wait for 10 s on end, the last on "events/loop"';
    expect(line.state).toMatchObject({ phase: { name: 'held' }, problem: { code: 'rules.flooding', text } });
    // What is left of it in a buffer is no reason to start over.
    expect(line.after(1000, flooding(MAX_FLOOD_MS))).toEqual([]);
    line.crash(CRASH_WINDOW_MS * 2);
    expect(line.comeUpSafely()).toEqual({ type: 'start', isSafe: true });
    expect(line.state.problem?.code).toBe('rules.flooding');
    line.after(2000, { type: 'flowsStarted' });
    expect(line.state).toMatchObject({ phase: { name: 'running' } });
    expect([line.state.problem, line.state.flood]).toEqual([undefined, undefined]);
    line.crash(CRASH_WINDOW_MS * 2);
    expect(line.comeUp()).toEqual({ type: 'start', isSafe: false });
  });

  it('stops a flood again that was deployed again', () => {
    const line = new Timeline();
    for (let round = 0; round < 2; round++) {
      line.comeUp();
      expect(line.after(MAX_FLOOD_MS, flooding(MAX_FLOOD_MS))).toEqual([{ type: 'kill' }]);
      line.crash(10);
      line.comeUpSafely();
      expect(line.state.phase.name).toBe('held');
      line.after(5000, { type: 'flowsStarted' });
      line.crash(1000);
    }
  });

  it('watches over a held Node-RED as over a running one', () => {
    const line = new Timeline();
    line.tick();
    line.after(0, { type: 'prepared' });
    line.after(800, { type: 'flowsHeld', reason: 'missing-types: exec' });
    expect(line.tick()).toEqual([{ type: 'kill' }]);
  });

  it('waits longer from crash to crash, at most half a minute, and anew after a good minute [D5]', () => {
    const line = new Timeline();
    const delays = Array.from({ length: 7 }, () => {
      line.comeUp();
      line.crash(10);
      return Math.ceil((nextTickMs(line.state) ?? 0) - line.nowMs);
    });
    expect(delays).toEqual([999, 1998, 3996, 7992, 15_984, 29_970, 29_970]);
    line.comeUp();
    for (let passedMs = 0; passedMs <= STABLE_MS; passedMs += 1000) line.after(1000, beat());
    line.crash(10);
    expect(Math.ceil((nextTickMs(line.state) ?? 0) - line.nowMs)).toBe(999);
  });

  it('tries a taken port again and again, says so, and counts no crash', () => {
    const line = new Timeline();
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(line.tick()).toEqual([{ type: 'prepare' }]);
      line.after(1, { type: 'blocked', problem: { code: 'rules.portInUse', text: 'the port is in use' } });
      expect(line.state).toMatchObject({ phase: { name: 'waiting' }, problem: { code: 'rules.portInUse' } });
    }
    expect(line.comeUp()).toEqual({ type: 'start', isSafe: false });
    expect(line.state).toMatchObject({ restartCount: 0, crashesMs: [] });
  });

  it('asks it to end, and kills it when it does not [P1]', () => {
    const line = new Timeline();
    line.comeUp();
    expect(line.after(10, { type: 'stop' })).toEqual([{ type: 'terminate' }]);
    expect(line.after(STOP_TIMEOUT_MS, { type: 'tick' })).toEqual([{ type: 'kill' }]);
    line.crash(5);
    expect(line.state).toMatchObject({ phase: { name: 'stopped' }, restartCount: 0 });
    expect(line.after(5, { type: 'stop' })).toEqual([]);
  });

  it('stops at once where nothing runs, and starts nothing afterwards [P1]', () => {
    const line = new Timeline();
    line.tick();
    expect(line.after(0, { type: 'stop' })).toEqual([]);
    expect(line.after(5, { type: 'prepared' })).toEqual([]);
    expect(line.state.phase.name).toBe('stopped');
  });
});
