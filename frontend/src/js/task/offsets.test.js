// Tests of what a mark in a text is made of: code points, whole words, whole characters.
import assert from "node:assert/strict";
import { test } from "node:test";
import { tidy, toPoints, toUnits } from "./offsets.js";

test("an emoji counts as the code points Python counts", () => {
  const text = "👍🏽 Zoe\u0308!";
  assert.equal(toPoints(text, text.indexOf("Z")), 3);
  assert.equal(toUnits(text, 3), text.indexOf("Z"));
});

test("a stretch loses its outer blanks and never cuts a character in two", () => {
  assert.deepEqual(tidy("a  b ", 1, 5, false), { start: 3, end: 4 });
  assert.deepEqual(tidy("x👍y", 2, 4, false), { start: 1, end: 4 });
  assert.equal(tidy("a   b", 1, 4, false), null);
});

test("by words a stretch grows to whole words", () => {
  assert.deepEqual(tidy("one größere three", 6, 8, true), { start: 4, end: 11 });
});
