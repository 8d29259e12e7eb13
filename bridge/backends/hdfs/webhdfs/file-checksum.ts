/**
 * HDFS's own checksum of a file, computed while it is sent: MD5 of the MD5s of each block's CRCs, one for each 512 bytes
 * (Hadoop's FileChecksumHelper; CRC-32C as in RFC 3720, appendix B.4). It takes the MD5 of the buffer that they lie in, whose
 * length is 32 bytes or a doubling of it, with zeros behind them.
 */
import { createHash } from "node:crypto";
import type { FileChecksum } from "./webhdfs.ts";

const CHUNK_BYTES = 512;
const CRC_BYTES = 4;
const MD5_BYTES = 16;
/** Of Hadoop's DataOutputBuffer. */
const BUFFER_BYTES = 32;

/** "MD5-of-0MD5-of-512CRC32C": CRCs of a block, 0 where the file has one block; bytes of a CRC. */
const ALGORITHM = /^MD5-of-(\d+)MD5-of-512CRC32C$/;

/** Before the MD5: bytes of a CRC and CRCs of a block, as Java writes an int and a long. */
const HEADER_DIGITS = 2 * 12;

const POLYNOMIAL = 0x82f63b78;
/** For four bytes at a time. */
const TABLES = makeTables(4);

export class FileChecksumBuilder {
  #crcs = Buffer.alloc(64 * 1024);
  #count = 0;
  #open = 0xffffffff;
  #openBytes = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + CHUNK_BYTES - this.#openBytes);
      this.#open = crcOf(this.#open, bytes, at, end);
      this.#openBytes += end - at;
      at = end;
      if (this.#openBytes === CHUNK_BYTES) this.#endChunk();
    }
  }

  /** Whether this is the checksum of all that was given; undefined for an algorithm that is not known here. */
  equals({ algorithm, bytes }: FileChecksum): boolean | undefined {
    const [, digits] = ALGORITHM.exec(algorithm) ?? [];
    if (digits === undefined) return undefined;
    if (this.#openBytes > 0) this.#endChunk();
    const perBlock = Number(digits) === 0 ? this.#count : Number(digits);
    const blocks: Buffer[] = [];
    for (let at = 0; at < this.#count; at += perBlock) {
      const end = Math.min(this.#count, at + perBlock);
      blocks.push(md5(this.#crcs.subarray(at * CRC_BYTES, end * CRC_BYTES)));
    }
    let length = BUFFER_BYTES;
    while (length < blocks.length * MD5_BYTES) length *= 2;
    const all = md5(Buffer.concat(blocks, length)).toString("hex");
    return bytes.slice(HEADER_DIGITS, HEADER_DIGITS + 2 * MD5_BYTES) === all;
  }

  #endChunk(): void {
    const at = this.#count * CRC_BYTES;
    if (at === this.#crcs.length) this.#crcs = Buffer.concat([this.#crcs, Buffer.alloc(this.#crcs.length)]);
    this.#crcs.writeUInt32BE((this.#open ^ 0xffffffff) >>> 0, at);
    this.#count++;
    this.#open = 0xffffffff;
    this.#openBytes = 0;
  }
}

const md5 = (bytes: Uint8Array): Buffer => createHash("md5").update(bytes).digest();

function crcOf(before: number, bytes: Uint8Array, from: number, to: number): number {
  const [first, second, third, fourth] = TABLES as [Int32Array, Int32Array, Int32Array, Int32Array];
  let crc = before | 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (fourth[crc & 0xff] as number) ^
      (third[(crc >>> 8) & 0xff] as number) ^
      (second[(crc >>> 16) & 0xff] as number) ^
      (first[crc >>> 24] as number);
  }
  for (; at < to; at++) crc = (first[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return crc;
}

function makeTables(count: number): Int32Array[] {
  const tables = Array.from({ length: count }, () => new Int32Array(256));
  const [first] = tables as [Int32Array];
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  for (let at = 1; at < count; at++) {
    const before = tables[at - 1] as Int32Array;
    for (let byte = 0; byte < 256; byte++) {
      const crc = before[byte] as number;
      (tables[at] as Int32Array)[byte] = (crc >>> 8) ^ (first[crc & 0xff] as number);
    }
  }
  return tables;
}
