import { describe, expect, it } from 'vitest';
import { batchPids, MAX_PIDS_PER_REQUEST } from './poll-plan.ts';
import { canLines, goodAdapter, SessionBench } from './testing/session-bench.ts';

/** The only things that may ever be said to an adapter. */
const HARMLESS = /^(|AT(Z|I|E0|L0|S0|M0|H1|AT1|SP[0-9]|RV|DPN)|STI|01([0-9A-F]{2}){1,6}|03|07|0A|09(00|02|04|0A))$/;

describe('Elm327Session', () => {
  it('finds the adapter, the bus, the vehicle and what it supports, then asks', () => {
    const bench = new SessionBench(goodAdapter());
    bench.run(3000);
    expect(bench.written.slice(0, 10)).toEqual([
      'ATZ',
      'ATE0',
      'ATL0',
      'ATS0',
      'ATM0',
      'ATH1',
      'ATAT1',
      'ATSP0',
      'STI',
      'ATRV',
    ]);
    expect(bench.vehicles).toEqual([
      {
        adapter: 'ELM327 V1.5',
        protocol: expect.objectContaining({ number: '6', bus: 'can11' }),
        ecus: ['7E8'],
        supportedPids: new Set([0x01, 0x05, 0x0c, 0x0d, 0x20, 0x2f, 0x40, 0x46]),
        vin: 'WDB9634031L123456',
        ...{ calibrationIds: [], ecuNames: [] },
      },
    ]);
    expect(bench.session.state).toBe('polling');
    expect(bench.readings.map(({ values }) => values)).toContainEqual({ engineSpeedRpm: 1726 });
    expect(bench.codes).toEqual([
      ['7E8', 'stored', ['P0301', 'U0100']],
      ['7E8', 'pending', []],
      ['7E8', 'permanent', []],
    ]);
  });

  it('sets an adapter up again that has begun anew unheard: its lines look otherwise', () => {
    const good = goodAdapter();
    let hasHeaders = true;
    const bench = new SessionBench((command) => {
      if (command === 'ATH1') hasHeaders = true;
      const answer = good(command);
      return hasHeaders ? answer : answer?.replaceAll(/^7E80[0-7]/gm, '');
    });
    bench.run(5000);
    hasHeaders = false;
    bench.run(60_000);
    expect(bench.written.filter((command) => command === 'ATZ')).toHaveLength(2);
    expect(bench.vehicles).toHaveLength(2);
    expect(bench.session.state).toBe('polling');
  });

  it.each([
    ['of the headers', 'ATH1', 'O'],
    ['of the voltage', 'ATRV', '1\x7f4.'],
  ])('does not believe one disturbed answer %s', (_, disturbed, answer) => {
    const good = goodAdapter();
    let count = 0;
    const bench = new SessionBench((command) => (command === disturbed && count++ === 0 ? answer : good(command)));
    bench.run(10_000);
    expect(bench.vehicles).toMatchObject([{ ecus: ['7E8'] }]);
    expect(bench.volts).toContain(14.1);
  });

  it('asks again what a disturbance took from the discovery, but not for long', () => {
    const good = goodAdapter();
    const disturbed = new Map<string, number>();
    const bench = new SessionBench((command) => {
      const count = (disturbed.get(command) ?? 0) + 1;
      disturbed.set(command, count);
      if (command === '0900') return '<RX ERROR';
      return ['0120', '0902'].includes(command) && count < 3 ? 'DATA ERROR' : good(command);
    });
    bench.run(3000);
    expect(bench.vehicles).toMatchObject([
      { vin: 'WDB9634031L123456', supportedPids: new Set([1, 5, 12, 13, 32, 47, 64, 70]) },
    ]);
    expect(Object.fromEntries(disturbed)).toMatchObject({ '0120': 3, '0140': 1, '0900': 3, '0902': 3 });
  });

  it('asks for fast parameters together and at their interval, for slow ones rarer', () => {
    const bench = new SessionBench(goodAdapter());
    bench.run(1000);
    const before = bench.written.length;
    bench.run(20_000);
    const asked = bench.writtenSince(before).filter((command) => command.startsWith('01') && command !== '0101');
    expect(asked.filter((command) => command === '010C0D').length).toBeGreaterThanOrEqual(17);
    expect(asked.filter((command) => command === '010C0D05')).toHaveLength(2);
    expect(new Set(asked)).toEqual(new Set(['010C0D', '010C0D05']));
  });

  it('reads codes once a minute and the VIN once', () => {
    const bench = new SessionBench(goodAdapter());
    bench.run(180_500);
    expect(bench.written.filter((command) => command === '03')).toHaveLength(4);
    expect(bench.written.filter((command) => command === '0902')).toHaveLength(1);
  });

  // Rare enough for codes and identity to be asked for as well.
  it.each([3, 7, 40, Number.POSITIVE_INFINITY])(
    'never says anything that writes or clears, 1 of %d answers bad',
    (period) => {
      const hostile = ['?', 'OK', '7F0414', canLines('7E8', [0x44]), '\0\xff', 'NO DATA', undefined, 'LV RESET'];
      let turn = 0;
      const good = goodAdapter();
      const bench = new SessionBench((command) =>
        ++turn % period === 0 ? hostile[Math.floor(turn / period) % hostile.length] : good(command),
      );
      bench.run(300_000);
      if (period > 3) expect(bench.written).toEqual(expect.arrayContaining(['03', '07', '0A', '0902']));
      expect(bench.written.length).toBeGreaterThan(100);
      expect(bench.written.filter((command) => !HARMLESS.test(command))).toEqual([]);
    },
  );

  describe('believes what an adapter does, not what it says', () => {
    it.each([
      ['a clone without headers', { ATH1: '?' }, '4100483000 01'.replace(' ', '')],
      ['an adapter that goes on echoing', { ATE0: 'ATE0\rOK' }, undefined],
    ])('%s', (_, changes, bitmap) => {
      const good = goodAdapter(changes);
      const bare = (command: string) => {
        const text = good(command);
        if (bitmap === undefined || text === undefined) return `${command}\r${text}`;
        return text.replaceAll(/7E80[1-7]((?:[0-9A-F]{2})*?)(55)*(?=\r|$)/g, '$1');
      };
      const bench = new SessionBench(bare);
      bench.run(3000);
      expect(bench.readings.map(({ values }) => values)).toContainEqual({ engineSpeedRpm: 1726 });
    });

    it('one at a time where a vehicle answers only the first of several', () => {
      const good = goodAdapter();
      const bench = new SessionBench((command) => good(/^01.{4,}/.test(command) ? command.slice(0, 4) : command));
      bench.run(10_000);
      // No more than one question finds out.
      expect(bench.written.filter((command) => /^01.{4,}/.test(command))).toEqual(['010C0D']);
      expect(bench.readings.map(({ values }) => values)).toContainEqual({ speedKmh: 50 });
    });

    it('one at a time when batches begin to fail later', () => {
      const good = goodAdapter();
      let isBroken = false;
      const bench = new SessionBench((command) =>
        isBroken && /^01.{4,}/.test(command) ? 'BUFFER FULL' : good(command),
      );
      bench.run(3000);
      isBroken = true;
      bench.run(5000);
      expect(bench.written.slice(-4).filter((command) => /^01.{4,}/.test(command))).toEqual([]);
      expect(bench.session.rejections['buffer-full']).toBe(2);
    });
  });

  it('goes on in batches when one fails now and then', () => {
    const good = goodAdapter();
    const bench = new SessionBench(good);
    bench.run(3000);
    let turn = 0;
    bench.answer = (command) => (/^01.{4,}/.test(command) && turn++ % 3 === 0 ? 'DATA ERROR' : good(command));
    bench.run(20_000);
    expect(bench.session.rejections['data-error']).toBeGreaterThan(4);
    expect(bench.written.at(-1)).toMatch(/^01.{4,}/);
  });

  it('asks for six parameters at once at most [SAE J1979, 6.1]', () => {
    expect(batchPids([1, 3, 4, 5, 6, 7, 11, 12], MAX_PIDS_PER_REQUEST)).toEqual([
      [1, 3, 4, 5, 6, 7],
      [11, 12],
    ]);
  });

  it('believes the control unit that says its VIN first', () => {
    const vins = ['WDB9634031L123456', '1D4GP00R55B123456'].map((vin, index) =>
      canLines(`7E${8 + index}`, [0x49, 0x02, 1, ...Buffer.from(vin)]),
    );
    const bench = new SessionBench(goodAdapter({ '0902': vins.join('\r') }));
    bench.run(3000);
    expect(bench.vehicles.map(({ vin }) => vin)).toEqual(['WDB9634031L123456']);
  });

  it('prefers the engine where several control units answer the same', () => {
    const good = goodAdapter();
    const other = canLines('7E9', [0x41, 0x0c, 0, 0, 0x0d, 0]);
    const bench = new SessionBench((command) =>
      command.startsWith('010C0D') ? `${other}\r${good(command)}` : good(command),
    );
    bench.run(5000);
    const speeds = bench.readings.flatMap(({ values }) => values['engineSpeedRpm'] ?? []);
    expect(new Set(speeds)).toEqual(new Set([1726]));
  });

  describe('rests', () => {
    const off = { ATRV: '12.4V', '03': 'NO DATA', '07': 'NO DATA', '0A': 'NO DATA' };

    it('when nobody answers and nothing charges, and only measures then', () => {
      const bench = new SessionBench(goodAdapter());
      bench.run(5000);
      bench.answer = (command) => (command.startsWith('0') ? 'NO DATA' : goodAdapter(off)(command));
      bench.run(15_000);
      expect(bench.session.state).toBe('resting');
      const before = bench.written.length;
      bench.run(3_600_000);
      expect(new Set(bench.writtenSince(before))).toEqual(new Set(['ATRV']));
      expect(bench.writtenSince(before).length).toBeLessThanOrEqual(451);
    });

    it('when the engine stands and nothing charges, although the vehicle would answer for ever', () => {
      const bench = new SessionBench(goodAdapter());
      bench.run(5000);
      const standing = (command: string) =>
        command.startsWith('010C')
          ? canLines('7E8', [0x41, 0x0c, 0, 0, 0x0d, 0, ...(command.length > 6 ? [0x05, 0x50] : [])])
          : goodAdapter({ ATRV: '12.4V' })(command);
      bench.answer = standing;
      bench.run(25_000);
      expect(bench.session.state).toBe('polling');
      bench.run(15_000);
      expect(bench.session.state).toBe('resting');
    });

    it.each([
      ['charges', '13.4V'],
      ['rises', '12.9V'],
    ])('until the battery %s', (_, voltage) => {
      const bench = new SessionBench(goodAdapter());
      bench.run(5000);
      bench.answer = (command) => (command.startsWith('0') ? 'NO DATA' : goodAdapter(off)(command));
      bench.run(60_000);
      bench.answer = goodAdapter({ ATRV: voltage });
      bench.run(9000);
      expect(bench.session.state).toBe('polling');
      expect(bench.vehicles).toHaveLength(2);
    });

    it('not while the engine runs on a smart generator', () => {
      const bench = new SessionBench(goodAdapter({ ATRV: '12.4V' }));
      bench.run(300_000);
      expect(bench.session.state).toBe('polling');
    });
  });

  it.each([
    ['nobody answers', 'NO DATA'],
    ['the bus cannot be found', 'SEARCHING...\rUNABLE TO CONNECT'],
    ['the slow initialisation fails', 'BUS INIT: ...ERROR'],
    ['the bus is broken', 'CAN ERROR'],
  ])('tries again, ever rarer, when %s', (_, text) => {
    const bench = new SessionBench(goodAdapter({ '0100': text }));
    bench.run(600_000);
    const attempts = bench.written.filter((command) => command === '0100').length;
    expect(attempts).toBeGreaterThan(9);
    expect(attempts).toBeLessThan(20);
    expect(bench.session.state).toBe('silent');
  });

  it('begins anew after silence, and after a reset that nobody asked for', () => {
    const good = goodAdapter();
    const bench = new SessionBench(good);
    bench.run(5000);
    bench.answer = () => undefined;
    bench.run(20_000);
    expect(bench.session.state).toBe('searching');
    bench.answer = good;
    bench.run(20_000);
    expect(bench.session.state).toBe('polling');
    bench.say('\r\rELM327 v1.5\r\r>');
    bench.run(5000);
    expect(bench.vehicles).toHaveLength(3);
    expect(bench.session.state).toBe('polling');
  });

  it.each([
    ['while nothing is asked', (bench: SessionBench) => bench.say('\r\rLV RESET\r\r>')],
    [
      'instead of an answer',
      (bench: SessionBench) => {
        const good = bench.answer;
        let isDue = true;
        bench.answer = (command) => {
          if (!isDue || !command.startsWith('01')) return good(command);
          isDue = false;
          return 'LV RESET';
        };
      },
    ],
  ])('sets the adapter up anew when its supply was too low, said %s', (_, dip) => {
    const bench = new SessionBench(goodAdapter());
    bench.run(5000);
    const before = bench.written.length;
    dip(bench);
    bench.run(5000);
    const asked = bench.writtenSince(before);
    expect(asked.filter((command) => command === 'ATZ')).toHaveLength(1);
    // Before that, at most the question that was due.
    expect(asked.indexOf('ATZ')).toBeLessThanOrEqual(2);
    expect(bench.vehicles).toHaveLength(2);
    expect(bench.session.state).toBe('polling');
  });

  it('goes on with a clone that loses its prompt, and does not set it up again and again', () => {
    const bench = new SessionBench(goodAdapter());
    bench.run(5000);
    bench.prompt = '';
    const before = bench.written.length;
    bench.run(60_000);
    expect(bench.writtenSince(before)).not.toContain('ATZ');
    expect(bench.rounds.length).toBeGreaterThan(30);
    expect(bench.session.state).toBe('polling');
    expect(bench.session.rejections['no-prompt']).toBeGreaterThan(30);
    const other = new SessionBench(goodAdapter());
    other.prompt = '';
    other.run(60_000);
    expect([other.session.state, other.vehicles.length]).toEqual(['polling', 1]);
  });

  it('waits for a search, however often it says so without a prompt', () => {
    const bench = new SessionBench(goodAdapter());
    const good = goodAdapter();
    bench.answer = (command) => (command === '0100' ? undefined : good(command));
    bench.run(2000);
    for (let second = 0; second < 10; second++) {
      bench.say(second === 0 ? '0100\rSEARCHING...\r' : 'SEARCHING...\r');
      bench.run(2000);
    }
    expect(bench.written.at(-1)).toBe('0100');
    bench.say(`${good('0100')}\r\r>`);
    bench.answer = good;
    bench.run(5000);
    expect(bench.session.state).toBe('polling');
  });

  it('leaves an adapter alone for longer and longer that begins anew at each question', () => {
    const good = goodAdapter();
    const bench = new SessionBench((command) => (command.startsWith('0') ? '\r\rELM327 v1.5' : good(command)));
    bench.run(600_000);
    expect(bench.written.filter((command) => command === 'ATZ').length).toBeLessThan(25);
  });

  it('takes no late answer for the answer to another question', () => {
    const bench = new SessionBench(goodAdapter());
    bench.run(5000);
    const good = goodAdapter();
    let turn = 0;
    bench.answer = (command) => (command.startsWith('010C') ? (turn++ % 2 === 0 ? '12.4V' : 'ELM') : good(command));
    const count = bench.readings.length;
    bench.run(5000);
    expect(bench.readings.slice(count).every(({ pid }) => [1, 5, 12, 13].includes(pid))).toBe(true);
  });

  it('asks what it needs without a voltage, and leaves a silent vehicle alone for a minute at a time', () => {
    const bench = new SessionBench(goodAdapter({ ATRV: '?' }));
    bench.run(10_000);
    expect(bench.session.state).toBe('polling');
    bench.answer = (command) => (command.startsWith('0') ? 'NO DATA' : goodAdapter({ ATRV: '?' })(command));
    bench.run(300_000);
    const before = bench.written.length;
    bench.run(600_000);
    expect(bench.writtenSince(before).filter((command) => command === '0100').length).toBeLessThanOrEqual(10);
  });
});
