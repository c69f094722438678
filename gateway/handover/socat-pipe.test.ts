import { expect, it } from 'vitest';
import { reasonOf } from './socat-pipe.ts';

const SAID = '2026/11/28 10:47:26 socat[9679] ';

it.each([
  [
    `${SAID}E sendto(5, 0x558b3c2a1000, 40, 0, AF=1 "/run/chrony.sock", 18): No such file or directory\n`,
    'No such file or directory',
  ],
  [`${SAID}E sendto(5, 0x55, 40, 0, AF=1 "/run/a): b", 12): Connection refused\n`, 'Connection refused'],
  [`${SAID}W a warning\n${SAID}E unknown option "x"\n`, 'unknown option "x"'],
  ['\n', undefined],
])('keeps only the reason of what socat says: %j', (text, reason) => {
  expect(reasonOf(text)).toBe(reason);
});
