import { describe, expect, it } from 'vitest';
import type { AdapterElectronics } from './adapter-dialogue.ts';
import { CANABLE_VERSION, CanableAdapter } from './canable-adapter.ts';

function openAdapter() {
  const events: string[] = [];
  const electronics: AdapterElectronics = {
    readFlags: () => 0,
    opened: (mode, bitrate) => events.push(`${mode} ${bitrate}`),
    closed: () => events.push('closed'),
    transmit: ({ id }) => events.push(`transmit ${id}`),
    refused: ({ id }) => events.push(`refused ${id}`),
  };
  const adapter = new CanableAdapter(electronics);
  const converse = (text: string) =>
    adapter
      .push(Buffer.from(text, 'latin1'))
      .map((answer) => Buffer.from(answer).toString('latin1'))
      .join('');
  return { adapter, converse, events };
}

describe('CanableAdapter', () => {
  it('acknowledges nothing and refuses nothing', () => {
    const { converse } = openAdapter();
    expect(converse('\r\r\rC\rS5\rM0\rO\rt1230\rF\rN\rZ1\rL\rQ\rt12\rC\r')).toBe('');
  });

  it('answers the question for its version with words', () => {
    expect(openAdapter().converse('V\r')).toBe(`${CANABLE_VERSION}\r`);
  });

  it('is silent on the bus only when told so before it is opened [S4]', () => {
    const { adapter, converse, events } = openAdapter();
    converse('C\rS5\rL\r');
    expect(adapter.isChannelOpen).toBe(false);
    converse('M1\rO\rt1230\rC\rM0\rO\rM1\rt1240\r');
    expect(events).toEqual(['listenOnly 250000', `refused ${0x123}`, 'closed', 'normal 250000', `transmit ${0x124}`]);
  });

  it('keeps its bit rate while it is open, and has one of its own', () => {
    const { converse, events } = openAdapter();
    converse('O\rS5\rC\rO\r');
    expect(events).toEqual(['normal 500000', 'closed', 'normal 500000']);
  });

  it('never states a time', () => {
    const { adapter, converse } = openAdapter();
    converse('Z1\rO\r');
    const frame = { id: 0x123, isExtended: false, isRemote: false, data: Uint8Array.of(1), timestampMs: 5 };
    expect(Buffer.from(adapter.encode(frame)).toString()).toBe('t123101\r');
  });

  it('forgets everything when the port is closed', () => {
    const { adapter, converse, events } = openAdapter();
    converse('S5\rM1\rO\rt12');
    adapter.reset();
    converse('O\r');
    expect(events).toEqual(['listenOnly 250000', 'closed', 'normal 500000']);
  });
});
