// Mark stretches of curves over time: drag over a curve with a label, or type the two moments.
import { newId } from "./marks.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, MARGIN] = [1000, 120, 6];
const POINTS_MAX = 2000;
const EDGE_PIXELS = 8;

export async function mount(object, { marks, palette, readonly }) {
  const curves = new Curves(object, { marks, palette, readonly });
  curves.open();
  return curves;
}

class Curves {
  constructor(object, { marks, palette, readonly }) {
    Object.assign(this, { object, marks, palette, readonly });
    this.name = object.dataset.object;
    this.box = object.querySelector("[data-shown]");
    const { moments, channels } = JSON.parse(this.box.dataset.series);
    Object.assign(this, { moments, channels });
    [this.first, this.last] = [moments[0], moments.at(-1)];
    this.listeners = new AbortController();
  }

  open() {
    this.box.replaceChildren(...this.channels.map((channel) => this.channel(channel)), this.scale());
    const { signal } = this.listeners;
    for (const what of ["add", "change", "remove", "select"]) {
      this.marks.addEventListener(what, () => this.draw(), { signal });
    }
    if (!this.readonly) {
      const on = (what, act) => this.box.addEventListener(what, (event) => act.call(this, event), { signal });
      on("pointerdown", this.begin);
      on("pointermove", this.go);
      on("pointerup", this.end);
      on("pointercancel", () => this.draw((this.drag = null)));
      this.palette.addEventListener("pick", ({ detail }) => this.picked(detail), { signal });
      this.picked(this.palette.active);
    }
    this.draw();
  }

  channel({ name, units, values }) {
    const figure = document.createElement("figure");
    figure.className = "task-curve";
    const caption = document.createElement("figcaption");
    const [low, high] = [values.reduce(least, Infinity), values.reduce(most, -Infinity)];
    caption.textContent = `${name}${units ? `, ${units}` : ""} (${low} – ${high})`;
    const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" });
    svg.setAttribute("aria-hidden", "true");
    const y = (value) => HEIGHT - MARGIN - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN);
    const points = thinned(values).map(([place, value]) => `${this.x(this.moments[place])},${y(value).toFixed(1)}`);
    svg.append(draw("g", {}), draw("polyline", { points: points.join(" "), class: "task-curve-line" }));
    figure.append(caption, svg);
    return figure;
  }

  scale() {
    const scale = document.createElement("p");
    scale.className = "task-curve-scale";
    const ends = [this.first, this.last].map((moment) => Object.assign(document.createElement("span"), { textContent: moment }));
    scale.append(...ends);
    return scale;
  }

  x(moment) {
    return Math.round(((moment - this.first) / (this.last - this.first || 1)) * WIDTH * 10) / 10;
  }

  picked(label) {
    const isHere = label?.object === this.name;
    this.object.classList.toggle("is-armed", isHere);
    const mark = this.marks.get(this.marks.selected);
    if (isHere && mark?.object === this.name && label.label !== mark.label && label.control === mark.control) {
      this.marks.change(mark.id, { label: label.label });
    }
  }

  begin(event) {
    if (!event.target.closest("svg")) return;
    const moment = this.momentAt(event);
    const edge = this.edgeAt(event);
    const label = this.palette.active;
    if (edge) this.drag = { ...edge, moment };
    else if (label?.object === this.name) this.drag = { label, fixed: moment, moment };
    else return this.marks.select(this.markAt(moment)?.id ?? null);
    event.preventDefault();
    this.box.setPointerCapture(event.pointerId);
  }

  go(event) {
    if (!this.drag) return;
    this.drag.moment = this.momentAt(event);
    this.draw();
  }

  end() {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    const value = stretch(drag);
    if (value.start === value.end) this.marks.select(this.markAt(value.start)?.id ?? null);
    else if (drag.mark) this.marks.change(drag.mark.id, { value: { ...drag.mark.value, ...value } });
    else this.keep(drag.label, value);
    this.draw();
  }

  keep({ control, type, kind, label }, value) {
    const mark = { id: newId(), object: this.name, control, type, kind, label, measures: {} };
    this.marks.add({ ...mark, value: { ...value, instant: false } });
  }

  // The moment measured next to where the pointer is.
  momentAt({ clientX }) {
    const frame = this.box.querySelector("svg").getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - frame.left) / frame.width));
    const wanted = this.first + share * (this.last - this.first);
    return this.moments.reduce((best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best));
  }

  markAt(moment) {
    return this.marks.of(this.name).find(({ value }) => value.start <= moment && moment <= value.end);
  }

  edgeAt({ clientX }) {
    const mark = this.marks.get(this.marks.selected);
    if (mark?.object !== this.name) return null;
    const frame = this.box.querySelector("svg").getBoundingClientRect();
    const far = (moment) => Math.abs(frame.left + (this.x(moment) / WIDTH) * frame.width - clientX);
    const { start, end } = mark.value;
    if (Math.min(far(start), far(end)) > EDGE_PIXELS) return null;
    return { mark, fixed: far(start) < far(end) ? end : start };
  }

  draw() {
    const shown = this.marks.of(this.name).filter((mark) => mark !== this.drag?.mark);
    const drawn = shown.map((mark) => ({ ...mark.value, colour: this.palette.hex(mark), isChosen: mark.id === this.marks.selected }));
    if (this.drag) drawn.push({ ...stretch(this.drag), colour: this.palette.hex(this.drag.mark ?? this.drag.label), isChosen: true });
    for (const group of this.box.querySelectorAll("g")) group.replaceChildren(...drawn.map((each) => this.band(each)));
  }

  band({ start, end, colour, isChosen }) {
    const [x, width] = [this.x(start), Math.max(1, this.x(end) - this.x(start))];
    return draw("rect", { x, y: 0, width, height: HEIGHT, fill: colour, "fill-opacity": isChosen ? 0.4 : 0.2 });
  }

  check(mark, { start, end }) {
    return this.first <= start && start < end && end <= this.last ? { ...mark.value, start, end } : null;
  }

  destroy() {
    this.listeners.abort();
    this.box.replaceChildren();
  }
}

function stretch({ fixed, moment }) {
  return { start: Math.min(fixed, moment), end: Math.max(fixed, moment) };
}

// [place, value] of the points to draw: of many, the lowest and the highest of each short stretch.
function thinned(values) {
  const all = values.map((value, place) => [place, value]);
  const size = Math.ceil((2 * values.length) / POINTS_MAX);
  if (size < 2) return all;
  const found = [];
  for (let from = 0; from < all.length; from += size) {
    const part = all.slice(from, from + size).sort((one, other) => one[1] - other[1]);
    found.push(...[part[0], part.at(-1)].sort((one, other) => one[0] - other[0]));
  }
  return found;
}

function least(one, other) {
  return Math.min(one, other);
}

function most(one, other) {
  return Math.max(one, other);
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
