// Pack masks as Label Studio does: four equal channels a pixel, in runs. A mask is a Uint8Array
// with one value for each pixel, 0 or 255.
import { decode, encode } from "@thi.ng/rle-pack";

const CHANNELS = 4;
const WORD_BITS = 8;
const RUN_BITS = [3, 4, 8, 16];

export function pack(mask) {
  const values = new Uint8Array(mask.length * CHANNELS);
  mask.forEach((value, pixel) => values.fill(value, pixel * CHANNELS, (pixel + 1) * CHANNELS));
  return [...encode(values, values.length, WORD_BITS, RUN_BITS)];
}

export function unpack(rle) {
  const values = decode(Uint8Array.from(rle));
  const mask = new Uint8Array(values.length / CHANNELS);
  // The last channel is how opaque the pixel is.
  mask.forEach((_, pixel) => (mask[pixel] = values[pixel * CHANNELS + CHANNELS - 1] ? 255 : 0));
  return mask;
}
