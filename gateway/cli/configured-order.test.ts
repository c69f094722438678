import { expect, it } from 'vitest';
import { inConfiguredOrder } from './configured-order.ts';

it('lists sinks and lanes as they are configured, and what is not behind them as it was', () => {
  const places = ['a/alerts', 'a/telemetry', 'old/alerts', 'old/telemetry', 'z/alerts', 'z/telemetry'].map((key) => {
    const [sink = '', stream = ''] = key.split('/');
    return { sink, stream };
  });
  const sinks = [
    { id: 'z', lanes: ['telemetry', 'alerts'] },
    { id: 'a', lanes: ['alerts'] },
  ];
  expect(inConfiguredOrder(places, sinks).map(({ sink, stream }) => `${sink}/${stream}`)).toEqual([
    'z/telemetry',
    'z/alerts',
    'a/alerts',
    'a/telemetry',
    'old/alerts',
    'old/telemetry',
  ]);
  expect(inConfiguredOrder(places, [])).toEqual(places);
});
