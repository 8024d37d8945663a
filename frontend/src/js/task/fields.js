// Read a task's form controls as Label Studio values, and write them back.
const READ = {
  choice: (box) => list("choices", checked(box)),
  choices: (box) => list("choices", checked(box)),
  taxonomy: (box) => list("taxonomy", checked(box).map((path) => JSON.parse(path))),
  rating: (box) => first("rating", checked(box).map(Number)),
  pairwise: (box) => first("selected", checked(box)),
  number: (box) => first("number", typed(box).map(Number).filter(Number.isFinite)),
  datetime: (box) => first("datetime", typed(box)),
  text: (box) => list("text", typed(box)),
  ranking: (box) => ({ ranker: ranked(box) }),
};

const WRITE = {
  choice: (box, { choices }) => check(box, choices),
  choices: (box, { choices }) => check(box, choices),
  taxonomy: (box, { taxonomy }) => check(box, taxonomy, (value) => JSON.parse(value)),
  rating: (box, { rating }) => check(box, [rating], Number),
  pairwise: (box, { selected }) => check(box, [selected]),
  number: (box, { number }) => fill(box, [number]),
  datetime: (box, { datetime }) => fill(box, [datetime]),
  text: (box, { text }) => fill(box, [text].flat()),
  ranking: (box, { ranker }) => rank(box, ranker),
};

// The value of one control, or null where it says nothing.
export function read(box) {
  return READ[box.dataset.kind](box);
}

// Write a value, or clear the control where there is none.
export function write(box, value) {
  if (value) WRITE[box.dataset.kind](box, value);
  else if (box.dataset.kind !== "ranking") clear(box);
}

function list(key, found) {
  return found.length ? { [key]: found } : null;
}

function first(key, [found]) {
  return found === undefined ? null : { [key]: found };
}

function checked(box) {
  return [...box.querySelectorAll("input:checked")].map((input) => input.value);
}

function typed(box) {
  const inputs = [...box.querySelectorAll("textarea, input.task-line")];
  return inputs.map((input) => input.value).filter((text) => text.trim());
}

function ranked(box) {
  const lists = [...box.querySelectorAll("[data-bucket]")];
  const ids = (each) => [...each.querySelectorAll("[data-item]")].map((item) => item.dataset.item);
  return Object.fromEntries(lists.map((each) => [each.dataset.bucket, ids(each)]));
}

function check(box, values, meant = (value) => value) {
  const wanted = new Set((values ?? []).map((value) => JSON.stringify(value)));
  for (const input of box.querySelectorAll("input[type=radio], input[type=checkbox]")) {
    input.checked = wanted.has(JSON.stringify(meant(input.value)));
  }
}

function fill(box, values) {
  const inputs = () => [...box.querySelectorAll("textarea, input.task-line")];
  while (inputs().length < values.length) {
    const last = inputs().at(-1);
    const copy = last.cloneNode();
    last.after(copy);
  }
  inputs().forEach((input, place) => (input.value = values[place] ?? ""));
}

function clear(box) {
  check(box, []);
  for (const input of box.querySelectorAll("textarea, input.task-line")) input.value = "";
}

function rank(box, ranker) {
  for (const [bucket, ids] of Object.entries(ranker ?? {})) {
    const target = box.querySelector(`[data-bucket="${CSS.escape(bucket)}"]`);
    for (const id of ids) {
      const item = box.querySelector(`[data-item="${CSS.escape(id)}"]`);
      if (target && item) target.append(item);
    }
  }
}
