import { EventOutlet } from '#gateway/sources/event-outlet.ts';
import type { SourceContext } from '#gateway/sources/source.ts';
import type { CanDevice } from './can-pipeline.ts';
import { openCaptureFolder } from './capture-folder.ts';
import { FrameCapture } from './frame-capture.ts';

/** What a capture needs of the gateway. */
type CaptureContext = Pick<
  SourceContext,
  'publisher' | 'clock' | 'timekeeper' | 'logger' | 'commands' | 'captureFolder'
>;

/** @returns undefined for a bus of which nothing is captured, and where there is no folder for it */
export function openCapture({ id, capture: rules }: CanDevice, context: CaptureContext): FrameCapture | undefined {
  const { publisher, clock, timekeeper, logger, commands, captureFolder } = context;
  if (rules === undefined || captureFolder === undefined) {
    commands?.listen(id, 'freezeCapture', sayThatNothingIsKept(id, logger));
    return undefined;
  }
  // One event at a time: nothing has to be held for it.
  const outlet = new EventOutlet(publisher, id, () => {});
  const capture = new FrameCapture({
    ...{ deviceId: id, rules, clock, logger },
    folder: openCaptureFolder(captureFolder),
    stamp: () => timekeeper.stamp(),
    send: (name, payload) => outlet.sendEvent(name, payload),
  });
  commands?.listen(id, 'freezeCapture', (payload) => capture.freeze(payload));
  return capture;
}

/** Once: whatever triggers captures may do so many times a second. */
function sayThatNothingIsKept(device: string, logger: CaptureContext['logger']): () => undefined {
  let isSaid = false;
  return () => {
    if (!isSaid)
      logger.warn({ device }, 'A capture was asked for, but the device keeps no raw frames: it has no capture.');
    isSaid = true;
    return undefined;
  };
}
