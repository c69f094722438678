import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busChecksum } from './bus-checksum.ts';
import { type ElmLineForm, readElmMessages } from './elm-messages.ts';
import { parseElmReply } from './elm-reply.ts';
import { ElmReplyFramer, MAX_ELM_REPLY_CHARS } from './elm-reply-framer.ts';

function repliesOf(text: string, command = '') {
  const replies: ReturnType<typeof parseElmReply>[] = [];
  const framer = new ElmReplyFramer((lines) => replies.push(parseElmReply(lines, command)));
  for (const byte of Buffer.from(text, 'latin1')) framer.push(Uint8Array.of(byte));
  return { replies, rejections: framer.rejections };
}

describe('what an adapter reports', () => {
  it.each([
    ['NO DATA', 'no-data'],
    ['NODATA', 'no-data'],
    ['SEARCHING...\rUNABLE TO CONNECT', 'unable-to-connect'],
    ['SEARCHING...UNABLE TO CONNECT', 'unable-to-connect'],
    ['BUS INIT: ...ERROR', 'bus-init-error'],
    ['BUS INIT: ERROR', 'bus-init-error'],
    ['CAN ERROR', 'can-error'],
    ['BUS ERROR', 'bus-error'],
    ['BUS BUSY', 'bus-busy'],
    ['FB ERROR', 'feedback-error'],
    ['DATA ERROR', 'data-error'],
    ['7E8 03 41 0D <DATA ERROR', 'data-error'],
    ['7E8 03 41 0D 32 <RX ERROR', 'rx-error'],
    ['BUFFER FULL', 'buffer-full'],
    ['STOPPED', 'stopped'],
    ['ACT ALERT', 'activity-alert'],
    ['!ACT ALERT', 'activity-alert'],
    ['LP ALERT', 'low-power-alert'],
    ['LV RESET', 'low-voltage-reset'],
    ['ERR94', 'internal-error'],
    ['?', 'unknown-command'],
  ])('%s', (text, fault) => {
    const { replies } = repliesOf(`${text}\r\r>`);
    expect(replies).toEqual([{ hexLines: [], texts: [], faults: [fault], isEchoed: false }]);
  });

  it.each([
    ['an answer behind the search', 'SEARCHING...\r41 0D 32\r\r>', ['410D32'], []],
    ['an answer in the line of the search', 'SEARCHING...410D32\r\r>', ['410D32'], []],
    ['an answer behind the initialisation', 'BUS INIT: ...OK\r41 0D 32\r\r>', ['410D32'], []],
    ['zero bytes in between', '41\0 0\0D 32\r\0\r>', ['410D32'], []],
    ['lines that end in LF', '41 0D 32\r\n\r\n>', ['410D32'], []],
    ['a version', 'ELM327 v2.1\r\r>', [], ['ELM327 V2.1']],
    ['a voltage', '12.4V\r\r>', [], ['12.4V']],
    ['small letters', '7e8 03 41 0d 32\r\r>', ['7E803410D32'], []],
  ])('takes %s', (_, text, hexLines, texts) => {
    expect(repliesOf(text).replies).toEqual([{ hexLines, texts, faults: [], isEchoed: false }]);
  });

  it('leaves the echo of the command out, once', () => {
    const { replies } = repliesOf('01 0D\r41 0D 32\r\r>', '010D');
    expect(replies).toEqual([{ hexLines: ['410D32'], texts: [], faults: [], isEchoed: true }]);
  });

  it('keeps no answer that does not end, and takes the next one', () => {
    const { replies, rejections } = repliesOf(`${'4'.repeat(MAX_ELM_REPLY_CHARS)}\r41 0D 32\r>OK\r>`);
    expect(replies.map(({ texts }) => texts)).toEqual([[], ['OK']]);
    expect(rejections).toEqual({ 'too-long': 1, noise: 0 });
  });
});

const HEADERS: ElmLineForm = { hasHeaders: true };
const BARE: ElmLineForm = { hasHeaders: false };

function read(lines: readonly string[], form: ElmLineForm) {
  const reasons: string[] = [];
  const messages = readElmMessages(
    lines.map((line) => line.replaceAll(' ', '')),
    form,
    (reason) => reasons.push(reason),
  );
  return { messages: messages.map(({ ecu, payload }) => `${ecu} ${Buffer.from(payload).toString('hex')}`), reasons };
}

const VIN_PIECES = ['00 00 00 31', '44 34 47 50', '30 30 52 35', '35 42 31 32', '33 34 35 36'];
const VIN_HEX = Buffer.from('1D4GP00R55B123456').toString('hex');
const withChecksum = (hex: string, bus: 'iso' | 'j1850' | 'kwp') => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return `${bytes.toString('hex')}${busChecksum(bytes, bus).toString(16).padStart(2, '0')}`.toUpperCase();
};

describe('the lines of an answer', () => {
  it.each<[name: string, lines: readonly string[], form: ElmLineForm, messages: readonly string[]]>([
    [
      '11 bits',
      ['7E8 06 41 00 BE 3E B8 13', '7E9 06 41 00 88 18 00 10'],
      HEADERS,
      ['7E8 4100be3eb813', '7E9 410088180010'],
    ],
    ['29 bits', ['18 DA F1 10 06 41 00 BE 3E B8 13'], HEADERS, ['10 4100be3eb813']],
    [
      'several control units in several frames each, mixed',
      ['7E8 10 08 49 04 01 41 42 43', '7E9 10 08 49 04 01 44 45 46', '7E9 21 47 48', '7E8 21 44 45'],
      { hasHeaders: true, bus: 'can11' },
      ['7E9 4904014445464748', '7E8 4904014142434445'],
    ],
    ['ISO 9141', [withChecksum('48 6B 10 41 00 BE 3E B8 11', 'iso')], HEADERS, ['10 4100be3eb811']],
    ['KWP with its length', [withChecksum('84 F1 10 41 0C 1A F8', 'kwp')], HEADERS, ['10 410c1af8']],
    ['J1850', [withChecksum('48 6B 10 41 0D 32', 'j1850')], { hasHeaders: true, bus: 'j1850' }, ['10 410d32']],
    [
      'a VIN in five messages',
      VIN_PIECES.map((piece, index) => withChecksum(`48 6B 10 49 02 0${index + 1} ${piece}`, 'iso')),
      HEADERS,
      [`10 490201000000${VIN_HEX}`],
    ],
    ['no headers', ['41 0D 32'], BARE, [' 410d32']],
    [
      'no headers, numbered lines',
      ['014', '0: 49 02 01 31 44 34', '1: 47 50 30 30 52 35 35', '2: 42 31 32 33 34 35 36 '],
      BARE,
      [` 490201${VIN_HEX}`],
    ],
  ])('of %s', (_, lines, form, messages) => {
    expect(read(lines, form)).toEqual({ messages, reasons: [] });
  });

  it.each<[name: string, lines: readonly string[], form: ElmLineForm, reasons: readonly string[]]>([
    ['an identifier alone', ['7E8'], HEADERS, ['bad-line']],
    ['half a byte', ['7E8 06 4'], HEADERS, ['bad-line']],
    ['more than a frame', [`7E8 ${'00'.repeat(9)}`], HEADERS, ['bad-line']],
    ['a frame that was cut', ['7E8 06 41 00'], HEADERS, ['short-frame']],
    ['somebody else', ['123 03 41 0D 32'], HEADERS, ['foreign-address']],
    ['a first frame alone', ['7E8 10 14 49 02 01 31 44 34'], HEADERS, ['timeout']],
    ['a gap', ['7E8 10 14 49 02 01 31 44 34', '7E8 22 47 50 30 30 52 35 35'], HEADERS, ['wrong-sequence']],
    ['a wrong sum', ['48 6B 10 41 0D 32 00'], HEADERS, ['wrong-checksum']],
    ['a wrong CRC', ['48 6B 10 41 0D 32 00'], { hasHeaders: true, bus: 'j1850' }, ['wrong-checksum']],
    ['a header without data', ['48 6B 10 C3'], HEADERS, ['bad-line']],
    ['a wrong length', [withChecksum('83 F1 10 41 0C 1A F8', 'kwp')], HEADERS, ['wrong-length']],
    ['what is no answer', ['12 34'], BARE, ['bad-line']],
    ['a numbered line that is missing', ['014', '0: 49 02 01 31 44 34', '2: 42 31'], BARE, ['wrong-line-number']],
    [
      'numbered lines of two control units',
      ['014', '0: 49 02 01 31 44 34', '0: 49 02 01 31 44 34'],
      BARE,
      ['wrong-line-number'],
    ],
    ['numbered lines that do not end', ['014', '0: 49 02 01 31 44 34'], BARE, ['timeout']],
  ])('with %s give nothing', (_, lines, form, reasons) => {
    expect(read(lines, form)).toEqual({ messages: [], reasons });
  });

  it('give no VIN of which a piece is missing, or out of order', () => {
    const lines = VIN_PIECES.map((piece, index) => withChecksum(`48 6B 10 49 02 0${index + 1} ${piece}`, 'iso'));
    expect(read(lines.toSpliced(2, 1), HEADERS).messages).toEqual([]);
    expect(read([...lines].reverse(), HEADERS).messages).toEqual([]);
  });

  it('never throw', () => {
    const line = fc.stringMatching(/^([0-9A-F]:)?[0-9A-F]{0,24}$/);
    const form = fc.record({
      hasHeaders: fc.boolean(),
      bus: fc.constantFrom(undefined, 'can11', 'can29', 'iso', 'kwp', 'j1850'),
    });
    fc.assert(fc.property(fc.array(line), form, (lines, each) => void readElmMessages(lines, each, () => {})));
  });
});
