/** The part of WebSocket that the client uses, so that it runs in the panel's worker and in Node. */
export interface BridgeSocket {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

export type BridgeSocketConstructor = new (url: string) => BridgeSocket;
