import { ERROR_REGISTER } from '#gateway/model/errors.ts';

/** `docs/errors.md`, made from the register: `node tests/tidy/error-reference.ts > docs/errors.md`. */
export function errorReference(): string {
  const rows = Object.entries(ERROR_REGISTER).map(
    ([code, { exitCode, isRetryable, remedy }]) =>
      `| \`${code}\` | ${exitCode} | ${isRetryable ? 'yes' : 'no'} | ${remedy} |`,
  );
  return `# Errors

Every error has a code, a message that says what was attempted and what was found, and a remedy. The exit code is that of a command which
ends because of it: 0 done, 1 failed, 2 usage, 69 a needed service or file is unavailable, 73 \`dataDir\` is in use or not writable,
78 configuration. A running gateway does not exit for a missing port or hub: it says so in \`waystation status\` and tries again.

| code | exit code | worth trying again unchanged | remedy |
|---|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) process.stdout.write(errorReference());
