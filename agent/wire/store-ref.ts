/** Child index in `window.frames`, one for each level below the top frame. */
export type FrameStep = number;

/** Where an object store lives. */
export interface StoreRef {
  /** Path from the frame that is evaluated in; absent or empty for that frame itself. */
  readonly frame?: readonly FrameStep[];
  /** Name of the storage bucket, "" for the default bucket. */
  readonly bucket: string;
  readonly database: string;
  readonly store: string;
}
