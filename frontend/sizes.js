// Print the compressed size of what each page fetches, and fail above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FOLDER = new URL("../static/dist/", import.meta.url);
const KB = 1024;
// Each page with the entries it loads, the widgets it asks for, and what it may weigh in all.
const PAGES = {
  "every page": { entries: ["theme", "app"], kb: 140 },
  "page of a job": { entries: ["theme", "app"], widgets: ["chart"], kb: 300 },
  "work page, forms": { entries: ["theme", "app", "work"], kb: 140 },
  "work page, ranking": { entries: ["theme", "app", "work"], widgets: ["ranking"], kb: 150 },
  "work page, pictures": { entries: ["theme", "app", "work"], widgets: ["image"], kb: 200 },
  "work page, masks": { entries: ["theme", "app", "work"], widgets: ["brush"], kb: 150 },
  "work page, curves": { entries: ["theme", "app", "work"], widgets: ["series"], kb: 150 },
  "work page, boxes in films": { entries: ["theme", "app", "work"], widgets: ["film"], kb: 150 },
  "work page, texts": { entries: ["theme", "app", "work"], widgets: ["text"], kb: 180 },
  "work page, recordings": { entries: ["theme", "app", "work"], widgets: ["recording"], kb: 170 },
};
const WIDGETS = ["chart", "image", "text", "recording", "ranking", "brush", "series", "film"];

const manifest = JSON.parse(readFileSync(new URL("manifest.json", FOLDER)));
const chunks = Object.values(manifest);

function entry(name) {
  const found = chunks.find((chunk) => chunk.isEntry && chunk.name === name);
  if (!found) throw new Error(`The manifest has no entry ${name}.`);
  return found;
}

function filesOf(chunk, widgets, seen = new Set()) {
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  (chunk.css ?? []).forEach((file) => seen.add(file));
  // Parts loaded on demand count too: a page may use them all; of widgets it asks for its own.
  const onDemand = (chunk.dynamicImports ?? []).filter((key) => {
    const { name } = manifest[key];
    return !WIDGETS.includes(name) || widgets.includes(name);
  });
  [...(chunk.imports ?? []), ...onDemand].forEach((key) => filesOf(manifest[key], widgets, seen));
  return seen;
}

function bytesOf(file) {
  return gzipSync(readFileSync(new URL(file, FOLDER)), { level: 9 }).length;
}

for (const [page, { entries, widgets = [], kb }] of Object.entries(PAGES)) {
  const files = new Set(entries.flatMap((name) => [...filesOf(entry(name), widgets)]));
  let total = 0;
  console.log(page);
  for (const file of files) {
    const bytes = bytesOf(file);
    total += bytes;
    console.log(`  ${(bytes / KB).toFixed(1).padStart(7)} KB  ${file}`);
  }
  const isOver = total > kb * KB;
  console.log(`  ${(total / KB).toFixed(1).padStart(7)} KB  ${isOver ? "OVER" : "within"} ${kb} KB`);
  if (isOver) process.exitCode = 1;
}
