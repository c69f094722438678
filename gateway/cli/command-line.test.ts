import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openControlSocket } from '#gateway/host/control-socket.ts';
import { WaystationError } from '#gateway/model/errors.ts';
import { buildProgram, runCommandLine } from './command-line.ts';
import { EXAMPLES } from './examples.ts';
import { SAMPLE_STATUS } from './sample-status.ts';
import { readVersion } from './version.ts';

let folder: string;
let configFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waystation-cli-'));
  configFile = join(folder, 'waystation.yaml');
  await writeFile(configFile, 'version: 1\ngateway: { id: truck-7 }\ndataDir: .\n');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Runs a command and keeps what it prints. */
async function run(args: readonly string[], runGateway = async (_file: string) => {}) {
  const [stdout, stderr] = ([process.stdout, process.stderr] as const).map((stream) => {
    const texts: string[] = [];
    vi.spyOn(stream, 'write').mockImplementation((text) => texts.push(String(text)) > 0);
    return texts;
  });
  const code = await runCommandLine(args, runGateway);
  vi.restoreAllMocks();
  return { code, stdout: stdout?.join('') ?? '', stderr: stderr?.join('') ?? '' };
}

/** The words of a line without what stands behind `&&` and `>`, as a shell takes them apart. */
function wordsOf(line: string): readonly string[] {
  const [command = ''] = line.split(/ (?:&&|>) /);
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain).slice(1);
}

describe('runCommandLine', () => {
  it('prints its version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${readVersion()}\n`, stderr: '' });
  });

  it.each([
    ['nothing', [], 'Usage: waystation'],
    ['an unknown command', ['rnu'], 'Did you mean run?'],
    ['an unknown option', ['status', '--jsno'], 'Did you mean --json?'],
    ['decode without a kind', ['decode'], 'Usage: waystation decode'],
    ['decode without a file', ['decode', 'gnss'], "missing required argument 'file'"],
    ['an interval of nothing', ['status', '--interval', '0'], 'Expected seconds'],
    ['an interval that is none', ['status', '--interval', 'often'], 'Expected seconds'],
    ['a journal command without a name', ['journal'], 'Usage: waystation journal'],
    [
      'a right and its opposite',
      ['clients', 'set', 'a', '--admin', '--no-admin'],
      '--admin and --no-admin exclude each other',
    ],
    [
      'a list and its opposite',
      ['clients', 'set', 'a', '--no-publish', '--publish', 'a/#'],
      '--publish and --no-publish exclude each other',
    ],
    ['a place that is none', ['journal', 'cat', '--from', 'yesterday'], 'Expected a sequence, a time'],
    ['a filter that is none', ['journal', 'tail', '-t', 'a/#/b'], 'Expected an MQTT topic filter'],
    ['a count that is none', ['journal', 'tail', '-n', '-3'], 'Expected a number of records'],
    ['a format that is none', ['journal', 'export', '--format', 'xml'], 'Expected ndjson or csv'],
    ['an export without a format', ['journal', 'export'], 'required option'],
    ['a replay to nowhere', ['journal', 'replay'], 'required option'],
    ['a replay with a login in its url', ['journal', 'replay', '--to', 'mqtt://a:b@hub'], '--password-file'],
    ['a speed that is none', ['journal', 'replay', '--to', 'mqtt://hub', '--speed', 'fast'], 'Expected a factor'],
    ['a prefix with wildcards', ['journal', 'replay', '--to', 'mqtt://hub', '--prefix', 'again/#'], 'without + and #'],
  ])('answers %s with 2, on stderr', async (_what, args, text) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(text) });
  });

  it('answers --help with 0, on stdout', async () => {
    expect(await run(['run', '--help'])).toMatchObject({ code: 0, stderr: '', stdout: /--config <file>/ });
  });

  it('runs waystation.yaml of the folder when it is not told', async () => {
    const runGateway = vi.fn(async () => {});
    await run(['run'], runGateway);
    expect(runGateway).toHaveBeenCalledWith('waystation.yaml');
  });

  it('hands run to the gateway', async () => {
    const runGateway = vi.fn(async () => {});
    expect(await run(['run', '-c', configFile], runGateway)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(runGateway).toHaveBeenCalledWith(configFile);
  });

  it('prints message and remedy of an error, and ends with its exit code', async () => {
    const fail = async () => {
      throw new WaystationError('dataDir.inUse', 'Locking the dataDir /data: process 7 uses it');
    };
    expect(await run(['run', '-c', configFile], fail)).toEqual({
      code: 73,
      stdout: '',
      stderr:
        'error: Locking the dataDir /data: process 7 uses it\nremedy: Let the command that is named end, or stop the gateway that is named; a second gateway wants a dataDir of its own.\n',
    });
  });

  it.each([
    [
      'a configuration',
      ['status', '-c', '/none.yaml'],
      78,
      'Reading the configuration /none.yaml: ENOENT: no such file or directory',
    ],
    [
      'a dataDir for its journal',
      ['journal', 'stat', '-d', '/none'],
      69,
      'Looking for a journal: there is no dataDir /none',
    ],
    [
      'a dataDir for its sinks',
      ['sinks', 'list', '-d', '/none'],
      69,
      'Looking for a journal: there is no dataDir /none',
    ],
    [
      'a dataDir for its trail',
      ['audit', 'verify', '-d', '/none'],
      69,
      'Looking for the audit trail: there is no dataDir /none',
    ],
    [
      'a recording',
      ['decode', 'gnss', '/none.nmea'],
      69,
      'Reading the capture /none.nmea: ENOENT: no such file or directory',
    ],
  ])('says once that there is no such thing: %s', async (_what, args, code, message) => {
    const answer = await run(args);
    expect(answer).toMatchObject({ code, stdout: '' });
    expect(answer.stderr).toMatch(new RegExp(`^error: ${message}\nremedy: [^\n]+\n$`));
  });

  it('has examples in its help that it takes', async () => {
    for (const [path, lines] of Object.entries(EXAMPLES)) {
      for (const line of lines.filter((each) => each.startsWith('waystation '))) {
        const program = await buildProgram(['decode'], async () => {});
        const taken: string[] = [];
        const record = (command: Command, name: string): void => {
          command.action(() => {
            taken.push(name);
          });
          for (const each of command.commands) record(each, `${name} ${each.name()}`);
        };
        record(program, 'waystation');
        await program.parseAsync(wordsOf(line), { from: 'user' });
        expect(taken).toEqual([path === 'waystation' ? expect.stringMatching(/^waystation /) : path]);
      }
    }
  });

  it('prints a stack only when asked for', async () => {
    const fail = async () => {
      throw new Error('boom');
    };
    expect(await run(['run', '-c', configFile], fail)).toEqual({ code: 1, stdout: '', stderr: 'error: boom\n' });
    expect((await run(['--debug', 'run', '-c', configFile], fail)).stderr).toContain('command-line.test.ts');
  });
});

describe('config', () => {
  it('check says OK', async () => {
    expect(await run(['config', 'check', configFile])).toEqual({ code: 0, stdout: 'OK\n', stderr: '' });
  });

  it('check names every file that the gateway would not start without, and warns of the rest', async () => {
    const broken = join(folder, 'no.dbc');
    await writeFile(broken, 'PNG');
    await writeFile(
      configFile,
      `version: 1
gateway: { id: truck-7 }
broker: { clients: [{ username: a, passwordFile: missing-secret }], anonymous: { publish: ["\${clientId}/#"] } }
devices: [{ id: can0, type: slcan, path: /dev/can, bitrate: 500000, dbc: [no.dbc, missing.dbc] }]
sinks:
  - { id: one, type: mqtt, url: 'mqtts://h', credentials: { certFile: missing.pem, keyFile: waystation.yaml } }
  - { id: two, type: mqtt, url: 'mqtt://h', credentials: { username: a, passwordEnv: WAYSTATION_TEST_UNSET } }
  - { id: three, type: webhook, url: 'http://h/hook', credentials: { secretEnv: PATH } }
  - { id: four, type: webhook, url: 'http://[::1]/hook', credentials: { secretEnv: PATH } }
`,
    );
    const { code, stdout, stderr } = await run(['config', 'check', configFile]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    const place = (line: number, column: number) => `${configFile}:${line}:${column}`;
    expect(lines).toEqual([
      expect.stringMatching(/^warning: .*:3:\d+ broker\.clients\[0\] "a" may do nothing/),
      expect.stringMatching(/^warning: .*:3:\d+ broker\.anonymous\.publish\[0\] grants nothing/),
      expect.stringMatching(
        /^warning: .*:7:\d+ sinks\[1\]\.credentials\.passwordEnv .*WAYSTATION_TEST_UNSET is not set.*EnvironmentFile/,
      ),
      expect.stringMatching(/^remark: sink two: the password goes over the network/),
      expect.stringMatching(/^remark: sink three: .* can answer for the receiver; use https:/),
      `error: Checking the configuration ${configFile}: 5 problems`,
      expect.stringContaining(`${place(3, 50)} broker.clients[0].passwordFile Reading the secret`),
      expect.stringMatching(/:4:\d+ devices\[0\]\.dbc\[0\] .*no\.dbc:1:1/),
      expect.stringMatching(/:4:\d+ devices\[0\]\.dbc\[1\] .*missing\.dbc/),
      expect.stringMatching(
        /:6:\d+ sinks\[0\]\.credentials\.certFile Reading .*missing\.pem: ENOENT: no such file or directory$/,
      ),
      expect.stringMatching(/:6:\d+ sinks\[0\]\.credentials\.keyFile .*waystation\.yaml/),
      expect.stringMatching(/^remedy: /),
    ]);
  });

  it('check names files that are not there together with what else is wrong', async () => {
    await writeFile(
      configFile,
      `version: 1
gateway: { id: truck-7 }
broker: { clients: [{ username: a, passwordFile: missing-secret, pubish: ["#"] }] }
devices: [{ id: can0, type: slcan, path: /dev/can, bitrate: 500000, dbc: [waystation.yaml, missing.dbc] }]
sinks: [{ id: one, type: mqtt, url: 'mqtts://h', ca: ca.pem, credentials: { tokenFile: later } }]
links: [{ id: sim, dayStartsAt: "24:00" }]
`,
    );
    const { code, stderr } = await run(['config', 'check', configFile]);
    expect(code).toBe(78);
    expect(stderr.trimEnd().split('\n').slice(0, -1)).toEqual([
      `error: Checking the configuration ${configFile}: 5 problems`,
      expect.stringMatching(/:3:\d+ broker\.clients\[0\]\.passwordFile \/.*\/missing-secret does not exist$/),
      expect.stringMatching(/:3:\d+ broker\.clients\[0\]\.pubish unknown key; did you mean publish\?$/),
      expect.stringMatching(/:4:\d+ devices\[0\]\.dbc\[1\] \/.*\/missing\.dbc does not exist$/),
      expect.stringMatching(/:5:\d+ sinks\[0\]\.ca \/.*\/ca\.pem does not exist$/),
      expect.stringMatching(/:6:\d+ links\[0\]\.dayStartsAt a day ends where the next begins: write "00:00"$/),
    ]);
  });

  it('check warns of a secret that every user of the machine may read, and of no other', async () => {
    const secrets = join(folder, 'secrets');
    await mkdir(secrets);
    await writeFile(
      configFile,
      `version: 1
gateway: { id: truck-7 }
broker: { clients: [{ username: a, passwordFile: secrets/open }, { username: b, passwordFile: secrets/closed }] }
sinks: [{ id: one, type: mqtt, url: 'mqtts://h', credentials: { tokenFile: secrets/token } }]
`
        .replaceAll('/open', '/open, publish: [a]')
        .replaceAll('/closed', '/closed, publish: [a]'),
    );
    const modes = { open: 0o644, closed: 0o640, token: 0o644 };
    for (const [name, mode] of Object.entries(modes)) {
      await writeFile(join(secrets, name), 'secret');
      await chmod(join(secrets, name), mode);
    }
    await chmod(secrets, 0o755);
    const { code, stdout, stderr } = await run(['config', 'check', configFile]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'OK\n' });
    const warned = ['open', 'token'].map((name) => join(secrets, name));
    expect(stderr).toBe(
      warned.map((file) => `warning: every user of this machine may read ${file}; run chmod o-r ${file}\n`).join(''),
    );
    await chmod(secrets, 0o750);
    expect((await run(['config', 'check', configFile])).stderr).not.toContain('every user');
  });

  it('check names every problem and ends with 78', async () => {
    await writeFile(configFile, 'version: 2\nlog: 7\n');
    const { code, stdout, stderr } = await run(['config', 'check', configFile]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr.split('\n').slice(0, 4)).toEqual([
      `error: Checking the configuration ${configFile}: 3 problems`,
      `${configFile}:1:1 gateway is required: a section with keys`,
      `${configFile}:1:10 version expected 1, found 2`,
      `${configFile}:2:6 log expected a section with keys, found 7`,
    ]);
  });

  it('schema prints JSON Schema', async () => {
    const { code, stdout } = await run(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Waystation configuration' });
  });
});

describe('status', () => {
  it('prints what the gateway answers, as a line of JSON or as tables', async () => {
    await using _ = await openControlSocket(folder, { status: () => SAMPLE_STATUS });
    const json = await run(['status', '--json', '-c', configFile]);
    expect(json).toEqual({ code: 0, stdout: `${JSON.stringify(SAMPLE_STATUS)}\n`, stderr: '' });
    expect(await run(['status', '-c', configFile])).toMatchObject({ code: 0, stdout: /^truck-7: waystation/ });
  });

  it('ends with 69 when no gateway runs', async () => {
    expect(await run(['status', '--json', '-c', configFile])).toEqual({
      code: 69,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: Asking the gateway on .*: nobody listens there \(ENOENT\)\nremedy: Start it with `waystation run -c FILE`; .*\n$/,
      ),
    });
  });
});

describe('sinks retry', () => {
  it('hands the sink on, and says what the gateway refused', async () => {
    const tried: string[] = [];
    const retrySink = (params: unknown) => {
      if (JSON.stringify(params) !== '{"id":"hub"}')
        throw new WaystationError('sink.unknown', 'Looking for the sink "hup": there is hub');
      tried.push('hub');
    };
    await using _ = await openControlSocket(folder, { retrySink });
    expect(await run(['sinks', 'retry', 'hub', '-c', configFile])).toEqual({
      code: 0,
      stdout: 'hub: trying now\n',
      stderr: '',
    });
    expect(tried).toEqual(['hub']);
    expect(await run(['sinks', 'retry', 'hup', '-d', folder])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: Looking for the sink "hup": there is hub\nremedy: `waystation sinks list` lists the sinks.\n',
    });
  });
});
