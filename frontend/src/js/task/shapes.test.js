// Tests of shapes: what leaves the picture is cut, and what is drawn comes back as it was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bounded, fromAnnotation, toAnnotation } from "./shapes.js";

const SIZE = { width: 600, height: 400 };

test("a box over the edge is cut at the edge, and one outside is none", () => {
  const box = { x: -10, y: 90, width: 30, height: 30, rotation: 0 };
  assert.deepEqual(bounded("boxes", box), { x: 0, y: 90, width: 20, height: 10, rotation: 0 });
  assert.equal(bounded("boxes", { ...box, x: 120 }), null);
});

test("shapes come back from pixels as they went", () => {
  const values = {
    boxes: { x: 10, y: 20, width: 30, height: 40, rotation: 0 },
    ellipses: { x: 50, y: 50, radiusX: 10, radiusY: 20, rotation: 0 },
    polygons: { points: [[10, 10], [20, 10], [15, 30]], closed: true },
  };
  for (const [kind, value] of Object.entries(values)) {
    const there = toAnnotation({ id: "a", kind, value }, SIZE);
    assert.deepEqual(fromAnnotation(there, SIZE), { kind, value });
  }
});
