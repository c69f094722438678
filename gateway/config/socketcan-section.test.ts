import { expect, it } from 'vitest';
import { socketCanSection } from './socketcan-section.ts';

const parse = (name: string) =>
  socketCanSection('/etc').safeParse({ type: 'socketcan', id: 'can0', interface: name, dbc: ['truck.dbc'] });

it('takes the name of an interface', () => {
  expect(parse('can0').data).toMatchObject({ interface: 'can0', dbc: ['/etc/truck.dbc'] });
});

it.each(['-h', '', 'can0,123:7FF', 'any thing', 'a'.repeat(16), '../can0'])(
  'refuses %j: candump must not take it for anything else',
  (name) => {
    expect(parse(name).error?.issues).toMatchObject([{ path: ['interface'] }]);
  },
);
