// Print the compressed size of what each page fetches, and fail above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FOLDER = new URL("../static/dist/", import.meta.url);
const BUDGET_BYTES = 140 * 1024;
const PAGES = { "every page": ["theme", "app"], "work page": ["theme", "app", "work"] };

const manifest = JSON.parse(readFileSync(new URL("manifest.json", FOLDER)));
const chunks = Object.values(manifest);

function entry(name) {
  const found = chunks.find((chunk) => chunk.isEntry && chunk.name === name);
  if (!found) throw new Error(`The manifest has no entry ${name}.`);
  return found;
}

function filesOf(chunk, seen = new Set()) {
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  (chunk.css ?? []).forEach((file) => seen.add(file));
  // Parts loaded on demand count too: a page may use them all.
  const further = [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])];
  further.forEach((key) => filesOf(manifest[key], seen));
  return seen;
}

function bytesOf(file) {
  return gzipSync(readFileSync(new URL(file, FOLDER)), { level: 9 }).length;
}

for (const [page, names] of Object.entries(PAGES)) {
  const files = new Set(names.flatMap((name) => [...filesOf(entry(name))]));
  let total = 0;
  console.log(page);
  for (const file of files) {
    const bytes = bytesOf(file);
    total += bytes;
    console.log(`  ${(bytes / 1024).toFixed(1).padStart(7)} KB  ${file}`);
  }
  const outcome = total > BUDGET_BYTES ? "OVER" : "within";
  const size = (total / 1024).toFixed(1).padStart(7);
  console.log(`  ${size} KB  ${outcome} ${BUDGET_BYTES / 1024} KB`);
  if (total > BUDGET_BYTES) process.exitCode = 1;
}
