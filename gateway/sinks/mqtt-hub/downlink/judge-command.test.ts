import { describe, expect, it } from 'vitest';
import type { IncomingPublish } from '#gateway/sinks/mqtt-hub/session.ts';
import { type DownlinkRules, judgeCommand, MAX_ATTRIBUTE_BYTES, MAX_HOPS } from './judge-command.ts';

const RULES: DownlinkRules = {
  root: 'fleet/truck-7/down/',
  allow: ['commands/restart', 'commands/+/set', 'replies/#', '#'],
  clientId: '@sinks/hub',
  maxPayloadBytes: 100,
};

function publish(fields: Partial<IncomingPublish> = {}): IncomingPublish {
  return {
    topic: 'fleet/truck-7/down/commands/restart',
    ...{ payload: Buffer.from('{}'), qos: 1, isRetained: false, isDuplicate: false },
    ...fields,
  };
}

const down = (topic: string) => ({ topic: `fleet/truck-7/down/${topic}` });

describe('judgeCommand', () => {
  it('takes a command with all that came with it, but for the hops, which it counts', () => {
    const attributes = { contentType: 'application/json', responseTopic: 'ops/replies', expirySeconds: 60 };
    const correlationData = Buffer.from([1, 2]);
    const userProperties = [
      ['a', '1'],
      ['hops', '2'],
      ['a', '2'],
    ] as const;
    const judged = judgeCommand(RULES, publish({ ...attributes, correlationData, userProperties, isDuplicate: true }));
    expect(judged).toEqual({
      kind: 'taken',
      message: {
        ...{ topic: 'commands/restart', payload: Buffer.from('{}'), qos: 1, isRetained: false, isDuplicate: true },
        ...{ clientId: '@sinks/hub', hopCount: 3, ...attributes, correlationData },
        userProperties: [
          ['a', '1'],
          ['a', '2'],
        ],
      },
    });
  });

  it.each(['commands/restart', 'commands/gps0/set', 'replies/x', 'commands/links/sim/mode'])('takes %s', (topic) => {
    expect(judgeCommand(RULES, publish(down(topic)))).toMatchObject({ kind: 'taken', message: { topic, hopCount: 1 } });
  });

  it.each([
    ['of another tree, whatever is allowed', down('devices/gps0/position'), 'notAllowed'],
    ['that is only the tree', down('commands'), 'notAllowed'],
    ['of a system topic', down('$SYS/x'), 'notAllowed'],
    ['with a control character', down('commands/a\u0001'), 'notAllowed'],
    ['with a wildcard', down('commands/+/set'), 'notAllowed'],
    ['for another gateway', { topic: 'fleet/truck-8/down/commands/restart' }, 'notAllowed'],
    ['of no topic', { topic: '' }, 'notAllowed'],
    ['that is retained', { isRetained: true }, 'retained'],
    ['that is too late', { expirySeconds: 0 }, 'expired'],
    ['that is too large', { payload: Buffer.alloc(101) }, 'tooLarge'],
    ['with too much around it', { correlationData: Buffer.alloc(MAX_ATTRIBUTE_BYTES + 1) }, 'tooLarge'],
    ['that goes round in circles', { userProperties: [['hops', String(MAX_HOPS)]] as const }, 'tooManyHops'],
  ] as const)('ignores one %s', (_, fields, reason) => {
    expect(judgeCommand(RULES, publish(fields))).toEqual({ kind: 'ignored', reason });
  });

  it('holds to the list', () => {
    const rules = { ...RULES, allow: ['commands/restart'] };
    expect(judgeCommand(rules, publish(down('commands/gps0/set')))).toEqual({ kind: 'ignored', reason: 'notAllowed' });
  });

  it.each(['', 'x', '-1', '1e9', '9999'])('takes no notice of hops that are no number: %j', (hops) => {
    const judged = judgeCommand(RULES, publish({ userProperties: [['hops', hops]] }));
    expect(judged).toMatchObject({ kind: 'taken', message: { hopCount: 1 } });
  });
});
