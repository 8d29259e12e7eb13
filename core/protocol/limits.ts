/** Every bound of the protocol in one place. Both ends enforce them; sizes are bytes unless said otherwise. */

const MiB = 1024 * 1024;

/** No frame is longer, in either direction. */
export const MAX_FRAME_BYTES = 16 * MiB;

/** A frame before both sides have proven who they are: nothing in a handshake is longer. */
export const MAX_HANDSHAKE_FRAME_BYTES = 4096;

/** One record's body: leaves room in a frame for its key, digest and token. */
export const MAX_BODY_BYTES = 14 * MiB;

/** One key. IndexedDB sets no limit; a frame has to hold a page of them. */
export const MAX_KEY_BYTES = 1 * MiB;

/** Items of a stream are cut at about this size, so that one slow stream does not hold up the others. */
export const TARGET_ITEM_BYTES = 256 * 1024;

/** How many bytes of a stream may be on their way before the receiver has to grant more. */
export const STREAM_WINDOW_BYTES = 4 * MiB;

/** Operations of one write frame: about 20 ms of an embedded backend's time. */
export const MAX_OPERATIONS_PER_FRAME = 2000;

/** Bytes of bodies and keys of one write frame; a single larger operation travels alone. */
export const TARGET_WRITE_BYTES = 2 * MiB;

/** Entries of one EntryBatch that a client may ask for. */
export const MAX_BATCH_ENTRIES = 20_000;

/** Requests of one connection that may run at the same time. */
export const MAX_REQUESTS_IN_FLIGHT = 64;

/** How long either side waits for the other's next handshake frame, in milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Depth of arrays and maps in a frame; the schemas need five. */
export const MAX_FRAME_DEPTH = 8;

/** Values (of any kind) in a frame; columns are single binaries, so honest frames have a few dozen. */
export const MAX_FRAME_VALUES = 100_000;

/** A columns mapping with its scope as JSON text, in UTF-16 units. */
export const MAX_MAPPING_LENGTH = 1 * MiB;

export const NONCE_BYTES = 32;
export const PROOF_BYTES = 32;
/** Panel keys: 128 bits. */
export const PANEL_KEY_BYTES = 16;
/** Pairing codes: 128 bits, so that guessing offline against the bridge's first proof is hopeless. */
export const PAIRING_CODE_BYTES = 16;
