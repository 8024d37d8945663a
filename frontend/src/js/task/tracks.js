// Boxes that move through a film: key frames in order, counted from 1, sides in percent.
const SIDES = ["x", "y", "width", "height"];
const SIDE_PERCENT_MIN = 0.5;

// The box at a frame, null where there is none: before the first key frame, or after an end.
export function boxAt(sequence, frame) {
  const next = sequence.find((key) => key.frame > frame);
  const last = sequence.filter((key) => key.frame <= frame).at(-1);
  if (!last || (!last.enabled && last.frame !== frame)) return null;
  const share = next && last.enabled ? (frame - last.frame) / (next.frame - last.frame) : 0;
  return Object.fromEntries(SIDES.map((side) => [side, last[side] + share * ((next ?? last)[side] - last[side])]));
}

// The sequence with a key frame at `frame`, changed from what is seen there.
export function keyed(sequence, frame, rate, change) {
  const { enabled = true, ...box } = change;
  const seen = boxAt(sequence, frame) ?? sequence.filter((key) => key.frame < frame).at(-1) ?? sequence[0] ?? {};
  const sides = SIDES.map((side) => [side, rounded(box[side] ?? seen[side])]);
  const key = { frame, enabled, rotation: 0, time: rounded((frame - 1) / rate), ...Object.fromEntries(sides) };
  const others = sequence.filter((each) => each.frame !== frame);
  return [...others, key].sort((one, other) => one.frame - other.frame);
}

// A box moved or resized by some percent, kept inside the picture.
export function moved(box, { x = 0, y = 0, width = 0, height = 0 }) {
  const wide = clamp(box.width + width, SIDE_PERCENT_MIN, 100 - box.x);
  const tall = clamp(box.height + height, SIDE_PERCENT_MIN, 100 - box.y);
  return { x: clamp(box.x + x, 0, 100 - wide), y: clamp(box.y + y, 0, 100 - tall), width: wide, height: tall };
}

function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}

function rounded(percent) {
  return Math.round(percent * 1000) / 1000;
}
