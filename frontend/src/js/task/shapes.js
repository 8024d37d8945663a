// Turn shapes in pixels of a picture into Label Studio values in percent, and back.
export const POINT_PERCENT = 1;
const SIDE_PERCENT_MIN = 0.05;
const KIND = { RECTANGLE: "boxes", ELLIPSE: "ellipses", POLYGON: "polygons" };
const NEAR_PERCENT = 1.2;

// {kind, value} of a drawn shape, kept inside the picture; null where nothing of it is inside.
export function fromAnnotation({ target }, size) {
  const { type, geometry } = target.selector;
  const kind = KIND[type];
  const value = kind && bounded(kind, VALUE[kind](geometry, size));
  return value ? { kind, value } : null;
}

const VALUE = {
  boxes: ({ x, y, w, h, rot }, { width, height }) => ({
    x: (x / width) * 100,
    y: (y / height) * 100,
    width: (w / width) * 100,
    height: (h / height) * 100,
    rotation: ((rot ?? 0) * 180) / Math.PI,
  }),
  ellipses: ({ cx, cy, rx, ry }, { width, height }) => ({
    x: (cx / width) * 100,
    y: (cy / height) * 100,
    radiusX: (rx / width) * 100,
    radiusY: (ry / height) * 100,
    rotation: 0,
  }),
  polygons: ({ points }, { width, height }) => ({
    points: points.map(([x, y]) => [(x / width) * 100, (y / height) * 100]),
    closed: true,
  }),
};

export function toAnnotation({ id, kind, value }, { width, height }) {
  const across = (percent) => (percent / 100) * width;
  const down = (percent) => (percent / 100) * height;
  const selector = SHAPE[kind](value, across, down);
  return { id, bodies: [], target: { annotation: id, selector } };
}

const SHAPE = {
  boxes({ x, y, width, height, rotation }, across, down) {
    const [left, top, w, h] = [across(x), down(y), across(width), down(height)];
    const bounds = { minX: left, minY: top, maxX: left + w, maxY: top + h };
    const rot = ((rotation ?? 0) * Math.PI) / 180;
    return { type: "RECTANGLE", geometry: { x: left, y: top, w, h, rot, bounds } };
  },
  ellipses({ x, y, radiusX, radiusY }, across, down) {
    return ellipse(across(x), down(y), across(radiusX), down(radiusY));
  },
  points({ x, y }, across, down) {
    const radius = Math.max(3, across(POINT_PERCENT) / 2);
    return ellipse(across(x), down(y), radius, radius);
  },
  polygons({ points: given }, across, down) {
    const points = given.map(([x, y]) => [across(x), down(y)]);
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [minX, minY] = [Math.min(...xs), Math.min(...ys)];
    const bounds = { minX, minY, maxX: Math.max(...xs), maxY: Math.max(...ys) };
    return { type: "POLYGON", geometry: { points, bounds } };
  },
};

function ellipse(cx, cy, rx, ry) {
  const bounds = { minX: cx - rx, minY: cy - ry, maxX: cx + rx, maxY: cy + ry };
  return { type: "ELLIPSE", geometry: { cx, cy, rx, ry, bounds } };
}

export function centre({ x, y }) {
  return { x, y, width: POINT_PERCENT };
}

export function isNear({ kind, value }, { x, y }) {
  return kind === "points" && Math.hypot(value.x - x, value.y - y) < NEAR_PERCENT;
}

// Keep a shape inside the picture; null where it has no size or lies outside.
export function bounded(kind, value) {
  return BOUNDED[kind](value);
}

const inside = (percent) => round(Math.min(100, Math.max(0, percent)));
const round = (percent) => Math.round(percent * 1000) / 1000;

const BOUNDED = {
  boxes(value) {
    if (value.rotation) return rounded(value);
    const [x, y] = [inside(value.x), inside(value.y)];
    const width = round(inside(value.x + value.width) - x);
    const height = round(inside(value.y + value.height) - y);
    const isThere = width >= SIDE_PERCENT_MIN && height >= SIDE_PERCENT_MIN;
    return isThere ? { x, y, width, height, rotation: 0 } : null;
  },
  ellipses(value) {
    const found = { ...rounded(value), x: inside(value.x), y: inside(value.y) };
    return found.radiusX > 0 && found.radiusY > 0 ? found : null;
  },
  polygons(value) {
    const points = value.points.map(([x, y]) => [inside(x), inside(y)]);
    return points.length >= 3 ? { ...value, points } : null;
  },
  points: ({ x, y }) => ({ x: inside(x), y: inside(y), width: POINT_PERCENT }),
};

function rounded(value) {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, round(each)]));
}
