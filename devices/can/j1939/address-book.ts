/** What a claim changed. */
export interface ClaimChange {
  /**
   * `claimed`: a node is there that had no address; `moved`: it has another one; `lost`: a lower NAME took its address; `cannotClaim`: it
   * says that it has none.
   */
  readonly kind: 'claimed' | 'moved' | 'lost' | 'cannotClaim';
  readonly name: bigint;
  /** What it has now; absent when it has none. */
  readonly address?: number;
  /** What it had. */
  readonly previousAddress?: number;
}
