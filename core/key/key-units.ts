/**
 * UTF-16 code units as 1 to 3 bytes, in the order of the units and never holding a zero byte, so that 0x00 can
 * end a string. A continuation byte counts in base 255, from 1 to 255.
 *
 *     0000-007E  unit + 1
 *     007F-7EFF  80-FE, 01-FF
 *     7F00-FFFF  FF, 01-82, 01-FF
 */
export const TWO_BYTES_FROM = 0x7f;
export const THREE_BYTES_FROM = 0x7f00;
export const TWO_BYTES_LEAD = 0x80;
export const THREE_BYTES_LEAD = 0xff;
export const CONTINUATION_BASE = 255;
export const MAX_UNIT = 0xffff;
