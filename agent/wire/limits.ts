/** Bounds that page and client share. Text is counted in UTF-16 units. */

/** One answer of one evaluation: the size at which transfer is fastest, small enough to keep a page smooth. */
export const SLICE_UNITS = 256 * 1024;

/** One evaluation's argument; longer requests are sent in parts. */
export const REQUEST_UNITS = 1024 * 1024;

/** Slices that a task may produce before the client has fetched them. */
export const SLICES_AHEAD = 8;

/** One part of a task's answer: at most one record of the largest size, with its frame. */
export const PART_UNITS = 64 * 1024 * 1024;

/** A record whose value text is longer is not transferred. */
export const BODY_UNITS = 48 * 1024 * 1024;

/** Blob bytes that may be read to guard one record (decision 6). */
export const BLOB_BYTES = 8 * 1024 * 1024;

/** Milliseconds without a call after which the agent takes itself out of the page. */
export const LEASE_MS = 10_000;
