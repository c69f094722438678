/** What is known of every error with that code. */
export interface ErrorEntry {
  /** Of a command that ends because of it. */
  readonly exitCode: 1 | 2 | 69 | 73 | 78;
  /** Whether the same attempt may succeed later, unchanged. */
  readonly isRetryable: boolean;
  /** What a person can do about it: whole sentences. */
  readonly remedy: string;
}
