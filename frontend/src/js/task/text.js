// Mark stretches of a text: select words and pick a label, in either order, by mouse, touch or keys.
import "@recogito/text-annotator/text-annotator.css";
import { createTextAnnotator } from "@recogito/text-annotator";
import { newId } from "./marks.js";
import { tidy, toPoints, toUnits } from "./offsets.js";
import { place } from "./places.js";

const SETTLE_MS = 250;
const WORDS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "backward", ArrowDown: "forward" };

export async function mount(object, { marks, palette, readonly }) {
  const passage = new Passage(object, { marks, palette, readonly });
  passage.watch();
  return passage;
}

class Passage {
  constructor(object, { marks, palette, readonly }) {
    Object.assign(this, { object, marks, palette, readonly });
    this.name = object.dataset.object;
    this.byWord = object.dataset.granularity === "word";
    this.element = object.querySelector("[data-shown]");
    this.text = this.element.textContent;
    this.anno = createTextAnnotator(this.element, {
      renderer: "SPANS",
      annotatingEnabled: false,
      style: (annotation, state) => this.style(annotation, state),
    });
    this.listeners = new AbortController();
  }

  watch() {
    const { signal } = this.listeners;
    const listen = (what, act) =>
      this.marks.addEventListener(what, ({ detail }) => act.call(this, detail), { signal });
    listen("add", this.draw);
    listen("change", this.redraw);
    listen("remove", this.erase);
    listen("select", this.restyle);
    this.marks.of(this.name).forEach((mark) => this.draw(mark));
    this.element.addEventListener("click", (event) => this.click(event), { signal });
    if (this.readonly) return;
    this.element.tabIndex = 0;
    this.element.addEventListener("pointerup", () => this.settle(), { signal });
    this.element.addEventListener("keydown", (event) => this.steer(event), { signal });
    this.palette.addEventListener("pick", ({ detail }) => this.picked(detail), { signal });
    // Handles of a touch selection move after the finger first lifts.
    document.addEventListener("selectionchange", () => this.touchSettle(), { signal });
  }

  settle() {
    const label = this.palette.active;
    setTimeout(() => label && this.take(label), 0);
  }

  touchSettle() {
    if (!matchMedia("(pointer: coarse)").matches || !this.palette.active) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.take(this.palette.active), SETTLE_MS * 4);
  }

  // A label picked while words are selected marks them; while a mark is selected, renames it.
  picked(label) {
    if (label?.object !== this.name || this.take(label)) return;
    const mark = this.marks.get(this.marks.selected);
    const isOther = mark?.object === this.name && mark.label !== label.label;
    if (isOther) this.marks.change(mark.id, { label: label.label, control: label.control });
  }

  take(label) {
    const found = label?.object === this.name && this.selection();
    if (!found) return false;
    getSelection().removeAllRanges();
    const { control, type, kind } = label;
    const value = this.valueOf(found.start, found.end, type);
    const isThere = this.marks
      .of(this.name)
      .some((mark) => mark.control === control && mark.label === label.label && same(mark.value, value));
    const mark = { id: newId(), object: this.name, control, type, kind, label: label.label };
    if (!isThere) this.marks.add({ ...mark, value, measures: {} });
    return true;
  }

  // What is selected in this text, in UTF-16 units, tidied; null where nothing is.
  selection() {
    const chosen = getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed) return null;
    const range = chosen.getRangeAt(0);
    if (!range.intersectsNode(this.element)) return null;
    const start = this.unitsBefore(range.startContainer, range.startOffset);
    const end = this.unitsBefore(range.endContainer, range.endOffset);
    return tidy(this.text, start, end, this.byWord);
  }

  unitsBefore(node, offset) {
    const all = document.createRange();
    all.selectNodeContents(this.element);
    if (all.comparePoint(node, offset) < 0) return 0;
    if (all.comparePoint(node, offset) > 0) return this.text.length;
    all.setEnd(node, offset);
    return all.toString().length;
  }

  valueOf(start, end, type) {
    const points = { start: toPoints(this.text, start), end: toPoints(this.text, end) };
    const text = this.text.slice(start, end);
    if (this.object.dataset.kind !== "html") return { ...points, text };
    const [from, to] = [place(this.element, start), place(this.element, end, true)];
    return {
      start: from.path,
      end: to.path,
      startOffset: from.offset,
      endOffset: to.offset,
      globalOffsets: points,
      text,
    };
  }

  // Arrows walk by words, with Shift they select; then a digit labels. Works without a mouse.
  steer(event) {
    const direction = WORDS[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    const chosen = getSelection();
    if (!this.element.contains(chosen.focusNode)) chosen.collapse(this.element, 0);
    const unit = event.key.startsWith("ArrowUp") || event.key === "ArrowDown" ? "line" : "word";
    chosen.modify(event.shiftKey ? "extend" : "move", direction, unit);
    event.preventDefault();
  }

  // The annotator draws; which mark lies under the pointer is asked of the text itself.
  click({ clientX, clientY }) {
    if (!getSelection().isCollapsed) return;
    const caret = document.caretPositionFromPoint?.(clientX, clientY);
    const range = caret ? null : document.caretRangeFromPoint?.(clientX, clientY);
    const node = caret?.offsetNode ?? range?.startContainer;
    if (!node || !this.element.contains(node)) return;
    const at = toPoints(this.text, this.unitsBefore(node, caret?.offset ?? range.startOffset));
    const under = this.marks.of(this.name).filter((mark) => {
      const { start, end } = mark.value.globalOffsets ?? mark.value;
      return start <= at && at <= end;
    });
    const length = ({ value }) => (value.globalOffsets ?? value).end - (value.globalOffsets ?? value).start;
    under.sort((one, other) => length(one) - length(other));
    this.marks.select(under[0]?.id ?? null);
  }

  draw(mark) {
    if (mark.object !== this.name) return;
    const points = mark.value.globalOffsets ?? mark.value;
    const [start, end] = [toUnits(this.text, points.start), toUnits(this.text, points.end)];
    const selector = [{ start, end, quote: this.text.slice(start, end) }];
    this.anno.addAnnotation({ id: mark.id, bodies: [], target: { annotation: mark.id, selector } });
  }

  erase(mark) {
    if (this.anno.getAnnotationById(mark.id)) this.anno.removeAnnotation(mark.id);
  }

  redraw(mark) {
    if (mark.object !== this.name) return;
    this.erase(mark);
    this.draw(mark);
  }

  restyle() {
    this.anno.setStyle((annotation, state) => this.style(annotation, state));
  }

  style({ id }) {
    const mark = this.marks.get(id);
    if (!mark) return { fill: "#888888", fillOpacity: 0.2 };
    const fill = this.palette.hex(mark);
    const isStrong = this.marks.selected === id;
    return { fill, fillOpacity: isStrong ? 0.5 : 0.25, underlineColor: fill, underlineThickness: 2 };
  }

  check(mark, { start, end }) {
    const [from, to] = [toUnits(this.text, start), toUnits(this.text, end)];
    const isThere = start >= 0 && end > start && this.text.slice(from, to).trim();
    return isThere && end <= [...this.text].length ? this.valueOf(from, to, mark.type) : null;
  }

  destroy() {
    clearTimeout(this.timer);
    this.listeners.abort();
    this.anno.destroy();
  }
}

function same(one, other) {
  const [first, second] = [one.globalOffsets ?? one, other.globalOffsets ?? other];
  return first.start === second.start && first.end === second.end;
}
