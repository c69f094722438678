import type { Command } from 'commander';
import { CanLogReader } from '#devices/can/log/can-log-reader.ts';
import { SLCAN_STATUS_FLAGS, type SlcanAnswer } from '#devices/can/slcan/slcan-item.ts';
import { writeUntilClosed } from '#gateway/cli/write-until-closed.ts';
import { sumCounts } from '#gateway/model/sum-counts.ts';
import { type DecodeCanLogOptions, summaryOf } from './decode-can.ts';
import { formatCounts } from './format-counts.ts';
import { addFrameOptions, type FrameOptions, FramePrinter, loadDatabases } from './print-frames.ts';
import { readCapture } from './read-capture.ts';

/** Adds `slcan <file>` to the `decode` command: what an SLCAN adapter sent in, its frames and what it said of itself out. */
export function addDecodeSlcan(decode: Command): void {
  const command = decode
    .command('slcan')
    .description(
      'Print what an SLCAN adapter sent: frames, decoded where there are DBC files, and what it says of itself.',
    )
    .argument('<file>', 'raw serial capture, or - for standard input');
  addFrameOptions(command).action(async (file: string, options: FrameOptions) => {
    const openInput = () => readCapture(file);
    const { stdout, stderr } = process;
    const isCsv = options.csv === true;
    await decodeSlcanStream({ file, openInput, dbcFiles: options.dbc, isCsv, stdout, stderr });
  });
}

/**
 * Streams a capture through parser and decoders, in bounded memory; acknowledgements are only counted, and so is everything but frames with
 * `--csv`.
 *
 * @throws WaystationError `file.unreadable`, `dbc.unreadable`, `dbc.invalid`
 */
export async function decodeSlcanStream(options: DecodeCanLogOptions): Promise<void> {
  const { file, stdout, stderr, isCsv = false } = options;
  const printer = new FramePrinter(await loadDatabases(options.dbcFiles, stderr), isCsv);
  const counts: Record<SlcanAnswer['kind'], number> = {
    ok: 0,
    error: 0,
    sent: 0,
    version: 0,
    serial: 0,
    status: 0,
    text: 0,
  };
  let text = printer.heading();
  const reader = new CanLogReader(
    {
      onRecord(record) {
        text += printer.format(record);
      },
      onAnswer(answer) {
        counts[answer.kind]++;
        if (!isCsv) text += formatAnswer(answer);
      },
    },
    'slcan',
  );
  const take = () => {
    const taken = text;
    text = '';
    return taken;
  };
  async function* lines(): AsyncGenerator<string> {
    for await (const chunk of options.openInput()) {
      reader.push(chunk);
      if (text !== '') yield take();
    }
    reader.flush();
    if (text !== '') yield take();
  }
  if (!(await writeUntilClosed(lines(), stdout))) return;
  const answers = sumCounts(counts);
  if (Object.keys(answers).length > 0) stderr.write(`${file}: answers of the adapter: ${formatCounts(answers)}\n`);
  for (const line of summaryOf(printer, reader.rejections)) stderr.write(`${file}: ${line}\n`);
  if (printer.frameCount === 0) stderr.write(`${file}: no frames: is this a raw capture of an SLCAN adapter?\n`);
}

/** One line of output; acknowledgements are none. */
function formatAnswer(answer: SlcanAnswer): string {
  switch (answer.kind) {
    case 'ok':
    case 'sent':
      return '';
    case 'error':
      return `${JSON.stringify({ adapter: 'error' })}\n`;
    case 'status': {
      const names = Object.entries(SLCAN_STATUS_FLAGS).filter(([, bit]) => (answer.flags & bit) !== 0);
      return `${JSON.stringify({ adapter: 'status', flags: names.map(([name]) => name) })}\n`;
    }
    case 'version':
    case 'serial':
    case 'text':
      return `${JSON.stringify({ adapter: answer.kind, text: answer.text })}\n`;
  }
}
