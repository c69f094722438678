import { describe, expect, it } from 'vitest';
import { openQuietAdapter, TypedAdapter } from './testing/open-adapter.ts';

describe('Elm327Adapter', () => {
  it('greets after power and after a reset, with echo on', () => {
    const typed = new TypedAdapter();
    expect(typed.wait(0)).toBe('\r\rELM327 v1.5\r\r>');
    expect(typed.type('ATZ\r')).toBe('ATZ\r\r\rELM327 v1.5\r\r>');
    expect(typed.type('atws\r', 100)).toBe('atws\r\r\rELM327 v1.5\r\r>');
  });

  it('echoes until it is told not to, with linefeeds when it is told to', () => {
    const typed = new TypedAdapter();
    expect(typed.type('AT E0\r')).toBe('AT E0\rOK\r\r>');
    expect(typed.type('ATI\r')).toBe('ELM327 v1.5\r\r>');
    expect(typed.type('ATL1\r')).toBe('OK\r\n\r\n>');
    expect(typed.type('ATE1\r')).toBe('OK\r\n\r\n>');
    expect(typed.type('ATI\r')).toBe('ATI\r\nELM327 v1.5\r\n\r\n>');
  });

  it('searches at the first request, and knows the protocol from then on', () => {
    const typed = new TypedAdapter();
    typed.type('ATE0\r');
    expect(typed.type('ATDP\r')).toBe('AUTO\r\r>');
    expect(typed.type('0100\r')).toBe(
      'SEARCHING...\r41 00 BE 3F A8 13 \r41 00 80 08 00 10 \r\r>'.replace('BE 3F A8 13', 'BE 3F A0 13'),
    );
    expect(typed.type('ATDP\r')).toBe('AUTO, ISO 15765-4 (CAN 11/500)\r\r>');
    expect(typed.type('ATDPN\r')).toBe('A6\r\r>');
    expect(typed.type('0100\r')).not.toContain('SEARCHING');
  });

  it('repeats the last line when an empty one comes', () => {
    const typed = openQuietAdapter();
    const [first, again] = [typed.type('010D\r'), typed.type('\r')];
    expect(first).toMatch(/^410D/);
    expect(again).toMatch(/^410D/);
    expect(typed.requests).toEqual(['0100', '010D', '010D']);
  });

  it('shows headers of 11 and of 29 bits', () => {
    const short = openQuietAdapter();
    short.type('ATH1\r');
    expect(short.type('010D\r')).toMatch(/^7E803410D..\r7E903410D..\r\r>$/);
    short.type('ATS1\r');
    expect(short.type('010D\r')).toMatch(/^7E8 03 41 0D .. \r7E9 03 41 0D .. \r\r>$/);
    const long = openQuietAdapter({ protocol: '7' });
    long.type('ATH1\r');
    expect(long.type('010D\r')).toMatch(/^18DAF11003410D..\r18DAF11803410D..\r\r>$/);
  });

  it('cuts long answers into segments, with their length first', () => {
    const typed = openQuietAdapter({ ecuCount: 1 });
    expect(typed.type('0902\r')).toBe('014\r0:490201575354\r1:47415445573059\r2:30303030303432\r\r>');
    typed.type('ATH1\r');
    expect(typed.type('0902\r')).toMatch(/^7E81014490201575354\r7E821[0-9A-F]{14}\r7E822[0-9A-F]{14}\r\r>$/);
    typed.type('ATS1\r');
    typed.type('ATH0\r');
    expect(typed.type('0902\r')).toMatch(/^014 \r0: 49 02 01 57 53 54 \r1: /);
  });

  it('answers several parameters at once, without those that there are not', () => {
    const typed = openQuietAdapter({ ecuCount: 1 });
    expect(typed.type('010C0D05\r')).toMatch(/^008\r0:410C....0D..\r1:05..0{10}\r\r>$/);
    expect(typed.type('010D0A\r')).toMatch(/^410D..\r\r>$/);
    expect(typed.type('010A\r')).toBe('NO DATA\r\r>');
  });

  it('comes back at once when it knows how many answers there are', () => {
    const typed = openQuietAdapter();
    typed.type('ATAT0\r');
    expect(typed.type('010D\r', 100)).not.toContain('>');
    typed.type('', 8_000);
    expect(typed.type('010D2\r', 100)).toMatch(/^410D..\r410D..\r\r>$/);
    expect(typed.type('010D1\r', 100)).toMatch(/^410D..\r\r>$/);
  });

  it('is interrupted by any character, which it does not keep', () => {
    const typed = openQuietAdapter();
    expect(typed.type('0902\r', 1)).toBe('');
    expect(typed.type('ATI\r', 100)).toBe('STOPPED\r\r>');
    expect(typed.type('ATI\r')).toBe('ELM327 v1.5\r\r>');
  });

  it('monitors until it is interrupted', () => {
    const typed = openQuietAdapter();
    expect(typed.type('ATMA\r', 60_000)).toBe('');
    expect(typed.type(' ', 100)).toBe('STOPPED\r\r>');
  });

  it('sleeps until a character comes', () => {
    const typed = openQuietAdapter();
    expect(typed.type('ATLP\r')).toBe('OK\r\r>');
    expect(typed.type(' ')).toBe('\r\rELM327 v1.5\r\r>');
    expect(typed.type('ATDPN\r')).toBe('ATDPN\rA0\r\r>');
  });

  it('cannot connect while the ignition is off, and has no data when it goes off later', () => {
    const typed = new TypedAdapter();
    typed.type('ATE0\r');
    typed.network.ignition.turn(false, typed.clock.nowMs());
    expect(typed.type('0100\r')).toBe('SEARCHING...\rUNABLE TO CONNECT\r\r>');
    expect(typed.type('ATIGN\r')).toBe('OFF\r\r>');
    typed.network.ignition.turn(true, typed.clock.nowMs());
    expect(typed.type('0100\r')).toContain('\r41 00 BE');
  });

  it('has no data, then nobody who acknowledges, when the ignition goes off', () => {
    const typed = openQuietAdapter();
    typed.network.ignition.turn(false, typed.clock.nowMs());
    expect(typed.type('010D\r')).toBe('NO DATA\r\r>');
    typed.wait(30_000);
    expect(typed.type('010D\r')).toBe('CAN ERROR\r\r>');
    expect(typed.type('ATRV\r')).toBe('12.5V\r\r>');
  });

  it('shows the voltage of an engine that runs, and of one that starts', () => {
    const typed = openQuietAdapter();
    expect(typed.type('ATRV\r')).toBe('14.1V\r\r>');
    typed.network.ignition.turn(false, typed.clock.nowMs());
    typed.wait(600_000);
    expect(typed.type('ATRV\r')).toBe('12.4V\r\r>');
    typed.network.ignition.turn(true, typed.clock.nowMs());
    expect(typed.type('ATRV\r', 500)).toBe('10.4V\r\r>');
    expect(typed.type('010C1\r', 100)).toMatch(/^410C0000/);
  });

  it('initialises a bus that needs it', () => {
    const typed = new TypedAdapter({ protocol: '5', storedDtcs: ['P0301', 'P0420', 'C1234', 'U0100'] });
    for (const line of ['ATE0', 'ATSP5']) typed.type(`${line}\r`);
    expect(typed.type('010D\r')).toMatch(/^BUS INIT: OK\r41 0D .. \r/);
    expect(typed.type('03\r')).toMatch(/^43 03 01 04 20 52 34 \r43 C1 00 00 00 00 00 \r/);
    typed.type('ATH1\r');
    expect(typed.type('0902\r')).toMatch(
      /^87 F1 10 49 02 01 00 00 00 57 .. \r(87 F1 10 49 02 0[2-5] (.. ){4}.. \r){4}\r>$/,
    );
    typed.type('ATSP3\r');
    expect(typed.type('010D\r')).toBe('BUS INIT: ERROR\r\r>');
  });

  it.each([
    ['ATSP8', 'CAN ERROR'],
    ['ATSP7', 'NO DATA'],
    ['ATSP1', 'NO DATA'],
  ])('hears nothing of a vehicle of another protocol: %s', (line, answer) => {
    const typed = openQuietAdapter();
    typed.type(`${line}\r`);
    expect(typed.type('010D\r')).toBe(`${answer}\r\r>`);
    typed.type('ATSPA8\r');
    expect(typed.type('010D\r')).toMatch(/^SEARCHING...\r410D/);
  });

  it('asks one control unit, and shows whom it is told to show', () => {
    const typed = openQuietAdapter();
    typed.type('ATSH7E1\r');
    expect(typed.type('010D\r')).toMatch(/^410D..\r\r>$/);
    expect(typed.type('0902\r')).toBe('NO DATA\r\r>');
    typed.type('ATSH7DF\r');
    expect(typed.type('010D\r')).toMatch(/^410D..\r410D..\r\r>$/);
    typed.type('ATCRA7E9\r');
    expect(typed.type('010D\r')).toMatch(/^410D..\r\r>$/);
    typed.type('ATCRA\r');
    typed.type('ATCF7E8\r');
    typed.type('ATCM7FE\r');
    expect(typed.type('010D\r')).toMatch(/^410D..\r410D..\r\r>$/);
  });

  it('sends bytes as they are, and shows them so, when it is told not to format', () => {
    const typed = openQuietAdapter({ ecuCount: 1 });
    typed.type('ATCAF0\r');
    expect(typed.type('02010D\r')).toMatch(/^03410D..00000000\r\r>$/);
    typed.type('ATCAF1\r');
    typed.type('ATCFC0\r');
    expect(typed.type('0902\r')).toBe('014\r0:490201575354\r\r>');
  });

  it('waits for nobody when it is told not to', () => {
    const typed = openQuietAdapter();
    typed.type('ATR0\r');
    expect(typed.type('010D\r', 10)).toBe('\r>');
  });

  it.each(['ATXYZ', 'XYZ', '0', '010', 'STI', 'ATBRD23', 'AT', '0102030405060708', '01 0G'])(
    'does not know %s',
    (line) => {
      const typed = openQuietAdapter({ personality: 'clone' });
      expect(typed.type(`${line}\r`)).toBe('?\r\r>');
    },
  );

  it('obeys what the data sheet lists', () => {
    const typed = openQuietAdapter();
    const lines = [
      'ATM0',
      'ATAL',
      'ATNL',
      'ATST64',
      'ATAT2',
      'ATTP6',
      'ATPC',
      'ATCP18',
      'ATSHDA10F1',
      'ATSH18DB33F1',
      'ATD',
    ];
    for (const line of lines) expect(typed.type(`${line}\r`)).toContain('OK\r\r>');
    expect(typed.type('AT@1\r')).toContain('OBDII to RS232 Interpreter\r');
  });

  it('keeps, tells and clears trouble codes', () => {
    const typed = openQuietAdapter({
      ecuCount: 1,
      storedDtcs: ['P0301'],
      pendingDtcs: ['U0100'],
      permanentDtcs: ['P0420'],
    });
    expect(typed.type('03\r')).toBe('43010301\r\r>');
    expect(typed.type('07\r')).toBe('4701C100\r\r>');
    expect(typed.type('0A\r')).toBe('4A010420\r\r>');
    expect(typed.type('0101\r')).toMatch(/^410181/);
    typed.network.storeDtc('C1234');
    expect(typed.type('03\r')).toBe('430203015234\r\r>');
    expect(typed.type('04\r')).toBe('44\r\r>');
    expect(typed.type('03\r')).toBe('4300\r\r>');
    expect(typed.type('0A\r')).toBe('4A010420\r\r>');
  });

  it('asks for patience where the vehicle does', () => {
    const typed = openQuietAdapter({ ecuCount: 1, hasPendingResponses: true });
    expect(typed.type('0902\r')).toMatch(/^7F0978\r014\r0:490201575354\r/);
  });

  it.each(['NO DATA', 'CAN ERROR', 'BUS BUSY', 'FB ERROR', 'ERR94'] as const)('fails with %s', (answer) => {
    const typed = openQuietAdapter();
    typed.adapter.failRequests(answer, 1_000);
    expect(typed.type('010D\r')).toBe(`${answer}\r\r>`);
    expect(typed.type('010D\r')).toMatch(/^410D/);
  });

  it.each([
    ['<DATA ERROR', /^410D..<DATA ERROR\r410D..<DATA ERROR\r\r>$/],
    ['BUFFER FULL', /^410D..\rBUFFER FULL\r\r>$/],
  ] as const)('breaks off or damages an answer: %s', (answer, expected) => {
    const typed = openQuietAdapter();
    typed.adapter.failRequests(answer, 1_000);
    expect(typed.type('010D\r')).toMatch(expected);
  });

  it('searches again after it has lost the vehicle', () => {
    const typed = openQuietAdapter();
    typed.adapter.failRequests('UNABLE TO CONNECT', 1_000);
    typed.type('010D\r');
    expect(typed.type('010D\r')).toMatch(/^SEARCHING\.\.\.\r410D/);
  });

  it('resets when the voltage dips, and says so', () => {
    const typed = openQuietAdapter();
    typed.type('');
    typed.adapter.dipVoltage();
    expect(typed.wait(1_000)).toBe('\r\rLV RESET\r\r>');
    expect(typed.type('ATI\r')).toBe('ATI\rELM327 v1.5\r\r>');
  });

  it('ignores NULs and whatever does not print', () => {
    const typed = openQuietAdapter();
    expect(typed.type('\0A\0T\n I\x07\r')).toBe('ELM327 v1.5\r\r>');
  });

  it('runs full where its line is too slow', () => {
    const storedDtcs = Array.from({ length: 60 }, (_, index) => `P0${100 + index}`);
    for (const [baud, isFull] of [
      [4_800, true],
      [115_200, false],
    ] as const) {
      const typed = new TypedAdapter({ baud, ecuCount: 1, storedDtcs });
      for (const line of ['ATE0', 'ATH1', '0100']) typed.type(`${line}\r`);
      expect(typed.type('03\r').endsWith('BUFFER FULL\r\r>')).toBe(isFull);
    }
  });

  it('is a clone, or more than an ELM327, where the scenario says so', () => {
    const clone = new TypedAdapter({ personality: 'clone' }, { promptLossChance: 1, nulChance: 1 });
    expect(clone.type('ATE0\r')).toBe('ATE0\r\0OK\r\0\r');
    const shown = new TypedAdapter({ personality: 'clone', ecuCount: 1 });
    for (const line of ['ATE0', 'ATH1', '0100']) shown.type(`${line}\r`);
    expect(shown.type('010D\r')).toMatch(/^7E8 03 41 0D .. 00 00 00 00 \r\r>$/);
    expect(shown.type('ATI\r')).toBe('ELM327 v2.1\r\r>');
    expect(shown.type('ATS0\r')).toBe('?\r\r>');
    expect(new TypedAdapter({ personality: 'stn' }).type('STI\r')).toBe('STI\rSTN1110 v4.2.0\r\r>');
  });
});
