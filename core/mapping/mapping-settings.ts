/**
 * What a person settled about one mapping besides its two ends. Travels and is stored as JSON, so everything in
 * here is plain JSON; an absent setting is the default.
 */
export interface MappingSettings {
  /** Top-level properties that take no part: not compared, and kept as they are where they are (decision 19). */
  readonly ignore?: readonly string[];
}
