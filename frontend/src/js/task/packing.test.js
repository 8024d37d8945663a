// Tests of packing: a mask comes back as it was, and short, whatever it holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pack, unpack } from "./packing.js";

test("a mask comes back as it was", () => {
  const mask = Uint8Array.from({ length: 600 * 400 }, (_, at) => ((at % 600) ** 2 + at < 90_000 ? 255 : 0));
  const packed = pack(mask);
  assert.deepEqual(unpack(packed), mask);
  assert.ok(packed.length < mask.length / 40, String(packed.length));
  // The first four bytes tell how many values follow.
  assert.equal(new DataView(Uint8Array.from(packed).buffer).getUint32(0), mask.length * 4);
});

test("the smallest masks come back too", () => {
  for (const mask of [[255], [0, 255], [255, 0, 255, 0, 255]]) {
    assert.deepEqual([...unpack(pack(Uint8Array.from(mask)))], mask);
  }
});
