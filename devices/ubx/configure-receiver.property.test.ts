import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONFIGURABLE_MESSAGES, configurationRequests, RECEIVER_PORTS } from './configuration-request.ts';
import { beginConfiguration, type ConfigurationEvent, MAX_ATTEMPTS, stepConfiguration } from './configure-receiver.ts';

const configuration = fc.record({
  rateHz: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  messages: fc.dictionary(fc.constantFrom(...CONFIGURABLE_MESSAGES), fc.nat(255)),
  port: fc.constantFrom(...RECEIVER_PORTS),
});

const event: fc.Arbitrary<ConfigurationEvent> = fc.oneof(
  fc.constant({ type: 'time' } as const),
  fc
    .record({
      type: fc.constantFrom('ACK-ACK', 'ACK-NAK'),
      messageClass: fc.constantFrom(0x06, 0x0a),
      messageId: fc.constantFrom(0x01, 0x04, 0x08, 0x8a),
    })
    .map((message) => ({ type: 'message', message }) as const),
  fc.constantFrom('PROTVER=18.00', 'PROTVER=34.10', 'PROTVER=', '').map((extension) => {
    const message = { type: 'MON-VER', softwareVersion: '', hardwareVersion: '', extensions: [extension] } as const;
    return { type: 'message', message } as const;
  }),
);

it('writes a bounded number of frames, whatever a receiver says or does not say', () => {
  const events = fc.array(fc.tuple(fc.nat(3000), event), { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(configuration, events, (wish, happened) => {
      let nowMs = 0;
      let [state] = beginConfiguration(nowMs);
      let sentCount = 1;
      for (const [passedMs, one] of happened) {
        nowMs += passedMs;
        const [next, frame] = stepConfiguration(state, wish, nowMs, one);
        state = next;
        if (frame !== undefined) sentCount++;
      }
      expect(sentCount).toBeLessThanOrEqual((1 + configurationRequests(wish, 'keys').length) * MAX_ATTEMPTS);
    }),
    { numRuns: 200 },
  );
});
