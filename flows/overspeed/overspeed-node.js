import { INITIAL_STATE, stepOverspeed } from './overspeed.ts';
import { overspeedEvent, readPosition } from './position-event.ts';

/**
 * The Node-RED node `overspeed`: positions in, alerts out. All that it decides is in `overspeed.ts`.
 *
 * @see https://nodered.org/docs/creating-nodes/node-js
 */
export default function register(RED) {
  RED.nodes.registerType('overspeed', function createOverspeed(config) {
    RED.nodes.createNode(this, config);
    const settings = {
      limitKmh: Number(config.limitKmh),
      marginKmh: Number(config.marginKmh),
      raiseAfterMs: Number(config.raiseAfterS) * 1000,
      clearAfterMs: Number(config.clearAfterS) * 1000,
    };
    if (!Object.values(settings).every((value) => value >= 0)) {
      this.status({ fill: 'red', shape: 'ring', text: 'a setting is no number' });
      return;
    }
    /** By receiver: two on one vehicle are judged apart. */
    const states = new Map();
    this.on('input', (msg, send, done) => {
      const sample = readPosition(msg.payload);
      const [, device = ''] = String(msg.topic).split('/');
      if (sample !== undefined && (states.has(device) || states.size < MAX_RECEIVERS)) {
        const [state, alert] = stepOverspeed(states.get(device) ?? INITIAL_STATE, sample, settings);
        states.set(device, state);
        if (alert !== undefined) {
          this.status({
            fill: alert.state === 'raised' ? 'red' : 'green',
            shape: 'dot',
            text: `${alert.peakKmh} km/h`,
          });
          send({ topic: 'alerts/overspeed', payload: overspeedEvent(alert, device, sample.timeMs) });
        }
      }
      done();
    });
  });
}

/** A flow that makes up topics must not grow the memory. */
const MAX_RECEIVERS = 64;
