// Count characters as Label Studio and Python do, by code points: an emoji is one, not two.
export function toPoints(text, units) {
  return [...text.slice(0, units)].length;
}

export function toUnits(text, points) {
  return [...text].slice(0, points).join("").length;
}

// The stretch without outer blanks, grown to whole words if asked; null where only blanks are left.
export function tidy(text, start, end, byWord) {
  let [from, to] = [start, end];
  while (from < to && /\s/u.test(text[from])) from += 1;
  while (to > from && /\s/u.test(text[to - 1])) to -= 1;
  if (from === to) return null;
  const inWord = (unit) => /[\p{L}\p{N}\p{M}_]/u.test(text[unit] ?? "");
  if (byWord) {
    while (inWord(from) && inWord(from - 1)) from -= 1;
    while (inWord(to - 1) && inWord(to)) to += 1;
  }
  // Never cut a character in two.
  if (/[\uDC00-\uDFFF]/.test(text[from])) from -= 1;
  if (/[\uD800-\uDBFF]/.test(text[to - 1])) to += 1;
  return { start: from, end: to };
}
