import { encodeNmeaSentence } from '#devices/nmea0183/nmea-sentence.ts';

/** What a receiver with a fix says of one moment: 48°07.038' N 11°31.000' E, standing still; one sentence. */
export function fixAt(unixMs: number): string {
  const [, year, month, day, time] = /^20(\d\d)-(\d\d)-(\d\d)T(.*)Z$/.exec(new Date(unixMs).toISOString()) ?? [];
  const clockFace = time?.replaceAll(':', '') ?? '';
  const place = ['4807.038', 'N', '01131.000', 'E'];
  const rmc = [clockFace, 'A', ...place, '0.0', '0.0', `${day}${month}${year}`, '', ''];
  return `${encodeNmeaSentence({ talker: 'GP', type: 'RMC', fields: rmc })}\r\n`;
}

/** Writes a fix of the moment ten times a second until it is disposed of: a fast receiver that takes no time to compute. */
export function keepFixing(write: (bytes: Uint8Array) => void): Disposable {
  const say = () => write(Buffer.from(fixAt(Date.now())));
  const timer = setInterval(say, 100);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
