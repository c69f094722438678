import type { EpochFormat } from './epoch-format.ts';
import { recordOf } from './epoch-format.ts';

/** One JSON object a line. JSON leaves out what is undefined: absent is not stated. */
export const jsonLines: EpochFormat = {
  begin: () => '',
  add: (epoch) => `${JSON.stringify(recordOf(epoch))}\n`,
  end: () => '',
};
