import { describe, expect, it } from 'vitest';
import { SlcanAdapter } from './slcan-adapter.ts';

const OK = '\r';
const REFUSED = '\x07';

function converse(adapter: SlcanAdapter, text: string): string {
  return adapter
    .push(Buffer.from(text, 'latin1'))
    .map((answer) => Buffer.from(answer).toString('latin1'))
    .join('');
}

const FRAME = { id: 0x123, isExtended: false, isRemote: false, data: Uint8Array.of(1, 0xfe), timestampMs: 65_000 };

describe('SlcanAdapter', () => {
  it.each([
    ['says its version', 'V\r', 'V1013\r'],
    ['says its serial number', 'N\r', 'NWS01\r'],
    ['takes a flush', '\r\r\r', OK + OK + OK],
    ['takes a bit rate', 'S6\r', OK],
    ['refuses a bit rate that it does not know', 'S9\r', REFUSED],
    ['refuses to close what is not open', 'C\r', REFUSED],
    ['refuses to open without a bit rate', 'O\r', REFUSED],
    ['has no status while closed', 'F\r', REFUSED],
    ['refuses what it does not understand', 'Q\r', REFUSED],
    ['refuses half a frame', 't12\r', REFUSED],
    ['refuses to transmit while closed', 't1230\r', REFUSED],
  ])('%s', (_, sent, answer) => {
    expect(converse(new SlcanAdapter(), sent)).toBe(answer);
  });

  it('opens for listening, and then does not transmit [S4]', () => {
    const adapter = new SlcanAdapter();
    expect(converse(adapter, 'S6\rL\r')).toBe(OK + OK);
    expect(adapter.isChannelOpen).toBe(true);
    expect(converse(adapter, 't1230\rF\rS5\rL\rZ1\r')).toBe(`${REFUSED}F00\r${REFUSED}${REFUSED}${REFUSED}`);
    expect(converse(adapter, 'C\r')).toBe(OK);
    expect(adapter.isChannelOpen).toBe(false);
  });

  it('opens for both, and says what it sent', () => {
    const adapter = new SlcanAdapter();
    expect(converse(adapter, 'S6\rO\rt1230\rT000001230\r')).toBe(`${OK}${OK}z\rZ\r`);
  });

  it('understands commands in any chunking', () => {
    const adapter = new SlcanAdapter();
    expect(converse(adapter, 'S')).toBe('');
    expect(converse(adapter, '6\rZ1')).toBe(OK);
    expect(converse(adapter, '\r')).toBe(OK);
  });

  it('stamps frames only when told to, with a clock that goes round each minute', () => {
    const adapter = new SlcanAdapter();
    expect(Buffer.from(adapter.encode(FRAME)).toString()).toBe('t123201FE\r');
    converse(adapter, 'Z1\r');
    expect(Buffer.from(adapter.encode(FRAME)).toString()).toBe('t123201FE1388\r');
  });

  it('forgets everything when the port is closed', () => {
    const adapter = new SlcanAdapter();
    converse(adapter, 'S6\rZ1\rL\rt12');
    adapter.reset();
    expect(adapter.isChannelOpen).toBe(false);
    expect(converse(adapter, 'O\r')).toBe(REFUSED);
    expect(Buffer.from(adapter.encode(FRAME)).toString()).toBe('t123201FE\r');
  });
});
