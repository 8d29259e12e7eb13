/** What a complete compare saw of both sides besides their records: evidence for the next one (decision 20). */

export interface KnownSides {
  /** Of the page's database. */
  readonly databaseVersion: number;
  /** Key bytes of the highest key that was there, in a store with a key generator. */
  readonly highestKey?: Uint8Array;
  /** The remote's last change, where it counts them. */
  readonly remoteSequence?: number;
}
