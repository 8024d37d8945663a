// List the marks of one object beside it: what each is, its numbers, and the way to remove it.
// Everything that can be drawn can be done here too, by keyboard and by screen reader.
const STEP = { seconds: 0.01, percent: 0.1, characters: 1 };
const NUMBERS = {
  boxes: ["x", "y", "width", "height"],
  ellipses: ["x", "y", "radiusX", "radiusY"],
  points: ["x", "y"],
  spans: ["start", "end"],
  segments: ["start", "end"],
};

export class MarkList {
  // `numbersChanged(mark, value)` returns the value to keep, or null to refuse the numbers.
  constructor(object, { marks, palette, readonly, words, numbersChanged }) {
    Object.assign(this, { marks, palette, readonly, words, numbersChanged });
    this.object = object.dataset.object;
    this.element = document.createElement("ol");
    this.element.className = "task-marks-list";
    this.element.setAttribute("aria-label", words.marks);
    object.closest(".task-body").append(this.element);
    this.show = () => this.draw();
    for (const what of ["add", "change", "remove", "select"]) marks.addEventListener(what, this.show);
    this.element.addEventListener("click", (event) => this.click(event));
    this.element.addEventListener("change", (event) => this.input(event));
    this.draw();
  }

  draw() {
    const had = this.element.contains(document.activeElement) && document.activeElement.dataset.key;
    const found = this.marks.of(this.object);
    this.element.hidden = !found.length;
    this.element.replaceChildren(...found.map((mark) => this.row(mark)));
    if (had) this.element.querySelector(`[data-key="${CSS.escape(had)}"]`)?.focus();
  }

  row(mark) {
    const row = document.createElement("li");
    const isSelected = this.marks.selected === mark.id;
    row.className = isSelected ? "task-mark is-selected" : "task-mark";
    row.dataset.mark = mark.id;
    row.style.setProperty("--swatch", this.palette.colour(mark));
    const pick = make("button", "task-mark-pick", { type: "button", "data-key": `pick ${mark.id}` });
    pick.setAttribute("aria-pressed", isSelected);
    pick.append(make("span", "task-swatch"), text("strong", this.palette.words(mark)));
    pick.append(text("span", this.summary(mark)));
    row.append(pick);
    if (isSelected && !this.readonly) row.append(...this.numbers(mark));
    if (!this.readonly) row.append(this.removal(mark));
    return row;
  }

  summary({ kind, value }) {
    if (value.text !== undefined) return ` ${String(value.text).slice(0, 80)}`;
    if (value.sequence) return ` ${this.words.key_frames.replace("{count}", value.sequence.length)}`;
    if (value.points) return ` ${this.words.corners.replace("{count}", value.points.length)}`;
    if (kind === "segments" && value.instant !== undefined) return ` ${value.start}–${value.end}`;
    if (kind === "segments") return ` ${value.start.toFixed(2)}–${value.end.toFixed(2)} s`;
    return "";
  }

  numbers(mark) {
    return (NUMBERS[mark.kind] ?? []).map((key) => {
      const label = make("label", "task-mark-number");
      const input = make("input", "form-control", { type: "number", min: 0, "data-number": key });
      input.dataset.key = `${key} ${mark.id}`;
      input.step = STEP[unit(mark.kind)];
      input.value = Math.round(mark.value[key] * 100) / 100;
      label.append(text("span", this.words[key]), input);
      return label;
    });
  }

  removal(mark) {
    const button = make("button", "btn btn-icon", { type: "button", "data-remove": mark.id });
    button.setAttribute("aria-label", `${this.words.remove}: ${this.palette.words(mark)}`);
    button.textContent = "✕";
    return button;
  }

  click({ target }) {
    const { remove } = target.closest("[data-remove]")?.dataset ?? {};
    const { mark } = target.closest(".task-mark-pick")?.parentElement.dataset ?? {};
    if (remove) this.marks.remove(remove);
    else if (mark) this.marks.select(this.marks.selected === mark ? null : mark);
  }

  input({ target }) {
    const key = target.dataset.number;
    const mark = this.marks.get(target.closest("[data-mark]")?.dataset.mark);
    if (!key || !mark) return;
    const value = this.numbersChanged(mark, { ...mark.value, [key]: Number(target.value) });
    if (value) this.marks.change(mark.id, { value });
    else this.draw();
  }

  destroy() {
    for (const what of ["add", "change", "remove", "select"]) {
      this.marks.removeEventListener(what, this.show);
    }
    this.element.remove();
  }
}

function unit(kind) {
  if (kind === "segments") return "seconds";
  return kind === "spans" ? "characters" : "percent";
}

function make(tag, className, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function text(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  element.dir = "auto";
  return element;
}
