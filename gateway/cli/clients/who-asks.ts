import { userInfo } from 'node:os';

/** For the audit trail: the user, and behind `sudo` the person. */
export function whoAsks(): string {
  const { username } = userInfo();
  const person = process.env['SUDO_USER'];
  return username === 'root' && person !== undefined ? `root (sudo of ${person})` : username;
}
