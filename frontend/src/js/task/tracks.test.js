// Tests of tracks: boxes are carried along evenly, end where they are said to, and stay inside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { boxAt, keyed, moved } from "./tracks.js";

const BOX = { x: 10, y: 10, width: 20, height: 20 };

test("between two key frames a box moves evenly, and before the first there is none", () => {
  const track = keyed(keyed([], 1, 25, BOX), 11, 25, { ...BOX, x: 30 });
  assert.deepEqual(boxAt(track, 6), { ...BOX, x: 20 });
  assert.deepEqual(boxAt(track, 99), { ...BOX, x: 30 });
  assert.equal(boxAt(keyed([], 5, 25, BOX), 4), null);
});

test("a box that ends is seen on its last frame and on none after it", () => {
  const track = keyed(keyed([], 1, 25, BOX), 11, 25, { enabled: false });
  assert.deepEqual(boxAt(track, 11), BOX);
  assert.equal(boxAt(track, 12), null);
  assert.deepEqual(boxAt(keyed(track, 20, 25, BOX), 21), BOX);
});

test("a second key at a frame replaces the first, and keys stay in order", () => {
  const track = keyed(keyed(keyed([], 9, 25, BOX), 3, 25, BOX), 9, 25, { ...BOX, y: 40 });
  assert.deepEqual(track.map(({ frame, y }) => [frame, y]), [[3, 10], [9, 40]]);
});

test("a box stays inside the picture", () => {
  assert.deepEqual(moved(BOX, { x: 200, y: -50 }), { x: 80, y: 0, width: 20, height: 20 });
  assert.deepEqual(moved(BOX, { width: 200, height: -50 }), { x: 10, y: 10, width: 90, height: 0.5 });
});
