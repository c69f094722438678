import { existsSync } from 'node:fs';

/** Whether a time server keeps the date of the host right: a port, so that tests say it themselves. */
export type TimeSync = () => boolean;

/** systemd-timesyncd makes it at its first answer from a server. With chrony, `chrony-wait` can: see `docs/operating.md`. */
const SYNCHRONIZED_MARK = '/run/systemd/timesync/synchronized';

/** What systemd says, without a process: cheap enough for once a second. */
export const systemdTimeSync: TimeSync = () => existsSync(SYNCHRONIZED_MARK);
