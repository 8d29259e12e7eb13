/** The four directions of the protocol, each with what it may carry. */
import { decodeFrame } from "./frame-codec.ts";
import {
  type BridgeFrame,
  BridgeFrameSchema,
  type BridgeHandshakeFrame,
  BridgeHandshakeSchema,
  type PanelFrame,
  PanelFrameSchema,
  type PanelHandshakeFrame,
  PanelHandshakeSchema,
} from "./frames.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "./limits.ts";

const typesOf = (options: readonly { readonly entries: { readonly t: { readonly literal: string } } }[]) =>
  new Set(options.map((option) => option.entries.t.literal));

const panelTypes = typesOf(PanelFrameSchema.options);
const bridgeTypes = typesOf(BridgeFrameSchema.options);
const panelHandshakeTypes = typesOf(PanelHandshakeSchema.options);
const bridgeHandshakeTypes = typesOf(BridgeHandshakeSchema.options);

/** Each throws FrameError "frame-too-large", "malformed-frame" or "unknown-frame". */
export const readPanelFrame = (message: Uint8Array): PanelFrame =>
  decodeFrame(message, PanelFrameSchema, panelTypes);

export const readBridgeFrame = (message: Uint8Array): BridgeFrame =>
  decodeFrame(message, BridgeFrameSchema, bridgeTypes);

export const readPanelHandshake = (message: Uint8Array): PanelHandshakeFrame =>
  decodeFrame(message, PanelHandshakeSchema, panelHandshakeTypes, MAX_HANDSHAKE_FRAME_BYTES);

export const readBridgeHandshake = (message: Uint8Array): BridgeHandshakeFrame =>
  decodeFrame(message, BridgeHandshakeSchema, bridgeHandshakeTypes, MAX_HANDSHAKE_FRAME_BYTES);
