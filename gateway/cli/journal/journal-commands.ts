import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_CONFIG_FILE } from '#gateway/cli/gateway-options.ts';
import { isTopicFilter } from '#gateway/model/topic-filter.ts';
import { parsePlace } from './read-range.ts';

const WHERE = `
Looks into the journal of the gateway that runs; where none runs, into the folder, which is never changed:
  waystation journal stat                       the gateway of ./waystation.yaml
  waystation journal stat -d /var/lib/waystation  the gateway on that dataDir, or the folder if it is stopped
  waystation journal stat -d ./copy/journal     a copy of the journal`;
const PLACES = `
A place is a sequence, a time (2026-03-01, 2026-03-01T12:00:00Z; UTC unless it says otherwise), or -90s, -15m, -1h, -2d.
Both ends belong to it. A sequence needs --stream where there are several.`;

/** Adds `journal stat | verify | tail | cat | export | replay | repair`. Each loads what it needs when it runs. */
export function addJournalCommands(program: Command): void {
  const journal = program.command('journal').description('Look into the journal, check it, export it, play it again.');
  const look = (name: string, description: string) =>
    journal
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'configuration file of the gateway', DEFAULT_CONFIG_FILE)
      .option('-d, --data-dir <folder>', 'dataDir, a copy of one, or the journal folder out of one')
      .addHelpText('after', WHERE);
  const select = (command: Command, lastOption = '--to <place>') =>
    command
      .option('-s, --stream <id>', 'one stream alone; all of them, by time, unless stated')
      .option('-t, --topic <filter>', 'MQTT topic filter', parseTopic)
      .option('--from <place>', 'first record', parsePlace)
      .option(lastOption, 'last record', parsePlace)
      .addHelpText('after', PLACES);

  look('stat', 'Show what is in the journal: streams, sequences, times, sizes, losses, cursors.')
    .option('--json', 'one line of JSON')
    .action(async (options) => (await import('./stat.ts')).showStat(options));
  look('verify', 'Read every byte that should be readable; list each damaged range and end with 1 if there is one.')
    .option('--json', 'one line of JSON for each damaged range')
    .action(async (options) => (await import('./verify.ts')).verify(options));
  look('tail', 'Print the newest records, and with --follow what comes after them.')
    .option('-s, --stream <id>', 'one stream alone')
    .option('-t, --topic <filter>', 'MQTT topic filter', parseTopic)
    .option('-n, --lines <count>', 'how many records', parseCount, 10)
    .option('-f, --follow', 'go on with what comes, over restarts of the gateway too')
    .option('--json', 'one line of JSON for each record')
    .action(async (options) => (await import('./tail.ts')).tail(options));
  select(look('cat', 'Print records.'))
    .option('--json', 'one line of JSON for each record')
    .action(async (options) => (await import('./export.ts')).cat(options));
  select(look('export', 'Write records to a file that is whole or not there.'))
    .requiredOption('--format <format>', 'ndjson or csv; required', parseFormat)
    .option('-o, --output <file>', 'standard output unless stated')
    .action(async (options) => (await import('./export.ts')).exportRecords(options));
  const replayed = 'Publish records to a broker, at the pace at which they were recorded. Ctrl-C ends it.';
  select(look('replay', replayed), '--until <place>')
    .requiredOption('--to <url>', 'mqtt://HOST[:PORT] or mqtts://HOST[:PORT]', parseBroker)
    .option('--speed <factor>', 'so many times as fast; 0: as fast as the broker takes it', parseSpeed, 1)
    .option('--prefix <topic>', 'levels before each topic', parsePrefix)
    .option('--username <name>', 'account at the broker')
    .option('--password-file <file>', 'file with its password')
    .action(async (options) => (await import('./replay.ts')).replay(options));
  journal
    .command('repair')
    .description(
      'Say what would bring a damaged journal into order, and do it with --apply. Records are never deleted.',
    )
    .option('-c, --config <file>', 'configuration file of a gateway that is stopped', DEFAULT_CONFIG_FILE)
    .option('-d, --data-dir <folder>', 'its dataDir, when its configuration cannot be read any more')
    .option('--apply', 'do it')
    .action(async (options) => (await import('./repair.ts')).repair(options));
}

function parseTopic(text: string): string {
  if (isTopicFilter(text)) return text;
  throw new InvalidArgumentError('Expected an MQTT topic filter such as devices/+/position or sensors/#.');
}

/** `tail` keeps them in memory. */
const MAX_TAIL_COUNT = 100_000;

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= MAX_TAIL_COUNT) return count;
  throw new InvalidArgumentError(`Expected a number of records, 0 to ${MAX_TAIL_COUNT}.`);
}

function parsePrefix(text: string): string {
  if (/^[^+#\0]+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected levels of a topic such as again/truck-7, without + and #.');
}

function parseFormat(text: string): 'ndjson' | 'csv' {
  if (text === 'ndjson' || text === 'csv') return text;
  throw new InvalidArgumentError('Expected ndjson or csv.');
}

function parseBroker(text: string): string {
  if (/^mqtts?:\/\/[^\s/@]+$/.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError(
    'Expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; a login goes into --username and --password-file.',
  );
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (text !== '' && speed >= 0 && Number.isFinite(speed)) return speed;
  throw new InvalidArgumentError('Expected a factor such as 1, 10 or 0.5, or 0.');
}
