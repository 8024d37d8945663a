// One task with all its questions and marks: the one contract for working on it and for replaying
// an answer. mount(root, {readonly, result, onChange}) resolves to a sheet with getResult(),
// setResult(items), missing(), undo(), deselect() and destroy().
import * as conditions from "./conditions.js";
import * as fields from "./fields.js";
import { MarkList } from "./marklist.js";
import { fromItem, Marks, newId, toItem } from "./marks.js";
import { watchMedia } from "./media.js";
import { Palette } from "./palette.js";
import { Relations } from "./relations.js";

const WIDGETS = {
  brush: () => import("./brush.js"),
  film: () => import("./film.js"),
  image: () => import("./image.js"),
  series: () => import("./series.js"),
  text: () => import("./text.js"),
  recording: () => import("./recording.js"),
};
const loadRanking = () => import("./ranking.js");

export async function mount(root, { readonly = false, result = [], onChange = () => {} } = {}) {
  const body = root.matches(".task-body") ? root : root.querySelector(".task-body");
  const sheet = new Sheet(body, readonly, onChange);
  await sheet.open(result);
  return sheet;
}

// Ask for the modules a task needs before it is shown.
export function preload(root) {
  for (const { dataset } of root.querySelectorAll("[data-widget]")) {
    for (const name of dataset.widget.split(" ")) WIDGETS[name]();
  }
  if (root.querySelector("[data-bucket]")) loadRanking();
}

class Sheet {
  constructor(body, readonly, onChange) {
    Object.assign(this, { body, readonly, onChange });
    this.words = JSON.parse(body.dataset.words);
    this.marks = new Marks();
    this.palette = new Palette(body);
    this.regional = new Map();
    this.parts = [];
    this.listeners = new AbortController();
    this.quiet = true;
  }

  async open(result) {
    watchMedia(this.body, this.words, this.listeners.signal);
    if (this.body.dataset.relations) this.relations = this.joining();
    this.setResult(result);
    this.listen();
    const objects = [...this.body.querySelectorAll("[data-widget]")];
    const rankings = [...this.body.querySelectorAll("[data-kind=ranking][data-control]")];
    await Promise.all([...objects.map((each) => this.mark(each)), ...rankings.map((each) => this.rank(each))]);
    this.refresh();
    this.quiet = false;
  }

  async mark(object) {
    const { marks, palette, readonly, words } = this;
    const surfaces = [];
    for (const name of object.dataset.widget.split(" ")) {
      const widget = await WIDGETS[name]();
      surfaces.push(await widget.mount(object, { marks, palette, readonly, words }));
    }
    const numbersChanged = (mark, value) => surfaces[0].check(mark, value);
    const list = new MarkList(object, { marks, palette, readonly, words, numbersChanged });
    // What was laid over another is taken off first.
    this.parts.push(list, ...[...surfaces].reverse());
    if (this.isGone) this.destroy();
  }

  async rank(box) {
    const ranking = await loadRanking();
    this.parts.push(ranking.mount(box, { readonly: this.readonly, onChange: () => this.changed() }));
  }

  joining() {
    const names = JSON.parse(this.body.dataset.relations);
    const { marks, palette, readonly, words } = this;
    const onChange = () => this.changed();
    const made = new Relations(this.body, { marks, palette, readonly, words, names, onChange });
    this.parts.push(made);
    return made;
  }

  listen() {
    const { signal } = this.listeners;
    const changed = () => this.changed();
    for (const what of ["change", "input"]) this.body.addEventListener(what, (event) => this.typed(event), { signal });
    this.marks.addEventListener("touch", changed, { signal });
    this.marks.addEventListener("select", ({ detail }) => this.selected(detail), { signal });
    this.body.addEventListener("click", (event) => this.more(event), { signal });
    // A button pressed with the mouse keeps no focus, so that Enter goes on meaning: hand in.
    this.body.addEventListener("mousedown", keepFocus, { signal });
    for (const button of this.body.querySelectorAll("[data-more]")) {
      button.hidden = this.readonly || Number(button.parentElement.dataset.most) < 2;
    }
  }

  typed({ target }) {
    const box = target.closest("[data-control]");
    const mark = this.marks.get(this.marks.selected);
    if (box && "perRegion" in box.dataset && mark) {
      const said = this.regional.get(mark.id) ?? {};
      this.regional.set(mark.id, { ...said, [box.dataset.control]: fields.read(box) });
    }
    this.changed();
  }

  // Questions asked of each region show what was said of the one selected.
  selected(mark) {
    for (const box of this.boxes.filter(({ dataset }) => "perRegion" in dataset)) {
      const isIts = mark?.object === box.dataset.about;
      fields.write(box, isIts ? this.regional.get(mark.id)?.[box.dataset.control] : null);
    }
    this.refresh();
  }

  more({ target }) {
    const button = target.closest("[data-more]");
    if (!button) return;
    const texts = [...button.parentElement.querySelectorAll("textarea")];
    if (texts.length >= Number(button.parentElement.dataset.most)) return;
    const copy = texts.at(-1).cloneNode();
    copy.value = "";
    texts.at(-1).after(copy);
    copy.focus();
  }

  get boxes() {
    return [...this.body.querySelectorAll("fieldset[data-control]")];
  }

  get forms() {
    return this.boxes.filter(({ classList, dataset }) => classList.contains("task-control") && !("perRegion" in dataset));
  }

  getResult() {
    const asked = (box) => conditions.isAsked(box);
    const said = this.forms
      .filter(asked)
      .map((box) => [box, fields.read(box)])
      .filter(([, value]) => value)
      .map(([box, value]) => item(box, newId(), value));
    const drawn = this.boxes
      .filter((box) => box.classList.contains("task-marks") && asked(box))
      .flatMap(({ dataset }) => this.marks.list.filter((mark) => mark.control === dataset.control));
    const regional = drawn.flatMap((mark) => this.saidOf(mark));
    return [...said, ...drawn.map(toItem), ...regional, ...(this.relations?.items ?? [])];
  }

  saidOf(mark) {
    const said = Object.entries(this.regional.get(mark.id) ?? {}).filter(([, value]) => value);
    return said.map(([name, value]) => {
      const box = this.box(name);
      return { ...item(box, mark.id, { ...mark.value, ...value }), ...mark.measures };
    });
  }

  box(name) {
    return this.boxes.find(({ dataset }) => dataset.control === name);
  }

  setResult(items) {
    const known = items.filter(({ from_name: name }) => name && this.box(name));
    const isMark = ({ from_name: name }) => this.box(name).classList.contains("task-marks");
    this.forms.forEach((box) => {
      const found = known.find((each) => each.from_name === box.dataset.control);
      if (found) fields.write(box, found.value);
    });
    this.regional.clear();
    for (const { from_name: name, id, value } of known) {
      if (!("perRegion" in this.box(name).dataset)) continue;
      this.regional.set(id, { ...this.regional.get(id), [name]: value });
    }
    const kindOf = (mark) => ({ ...mark, kind: this.box(mark.control).dataset.kind });
    this.marks.reset(known.filter(isMark).map((each) => kindOf(fromItem(each))));
    this.relations?.reset(items.filter(({ type }) => type === "relation"));
    this.refresh();
  }

  // {element, sentence} of the first question that still needs an answer, or null.
  missing() {
    const needed = this.boxes.filter((box) => "needed" in box.dataset && conditions.isAsked(box));
    const isOpen = (box) =>
      box.classList.contains("task-marks")
        ? !this.marks.list.some((mark) => mark.control === box.dataset.control)
        : !("perRegion" in box.dataset) && !fields.read(box);
    const box = needed.find(isOpen);
    if (!box) return null;
    const element = box.querySelector("input:not([type=hidden]), textarea");
    return { element, sentence: box.dataset.requiredMessage ?? null };
  }

  get marksNothing() {
    return this.boxes.some((box) => box.classList.contains("task-marks")) && !this.getResult().length;
  }

  undo() {
    return this.marks.undo();
  }

  // Escape: first let go of the mark, then of the label.
  deselect() {
    if (this.marks.selected) this.marks.select(null);
    else if (this.palette.active) this.palette.clear();
    else return false;
    return true;
  }

  removeSelected() {
    if (!this.marks.selected) return false;
    this.marks.remove(this.marks.selected);
    return true;
  }

  changed() {
    this.refresh();
    if (!this.quiet) this.onChange();
  }

  refresh() {
    const values = {};
    for (const box of this.boxes) {
      const { control } = box.dataset;
      const isMarks = box.classList.contains("task-marks");
      const own = this.marks.list.filter((mark) => mark.control === control);
      values[control] = isMarks ? own.map(({ label }) => label) : words(fields.read(box));
    }
    conditions.apply(this.body, values, this.marks.get(this.marks.selected));
  }

  destroy() {
    this.isGone = true;
    this.listeners.abort();
    this.parts.splice(0).forEach((part) => part.destroy());
  }
}

function keepFocus(event) {
  if (event.target.closest("button")) event.preventDefault();
}

function item({ dataset }, id, value) {
  return { id, from_name: dataset.control, to_name: dataset.about, type: dataset.type, origin: "manual", value };
}

function words(value) {
  if (!value) return [];
  return Object.values(value).flat(3).map(String);
}
