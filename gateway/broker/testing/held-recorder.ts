import { NO_RECORDER, type StateRecorder } from '#gateway/broker/durable/state-recorder.ts';
import type { Done } from '#gateway/model/message.ts';

/** A recorder whose disk answers when the test says so. */
export class HeldRecorder {
  /** Who waits for the disk. */
  readonly held: Done[] = [];
  isHolding = false;
  readonly recorder: StateRecorder = {
    ...NO_RECORDER,
    settle: (done) => {
      if (this.isHolding) this.held.push(done);
      else done();
    },
  };

  /** Answers everybody who waits, and from now on at once. */
  release(error?: Parameters<Done>[0]): void {
    this.isHolding = false;
    for (const done of this.held.splice(0)) done(error);
  }
}
