// Follow things through a film: boxes at key frames, carried along evenly in between.
import { newId } from "./marks.js";
import { measured } from "./media.js";
import { boxAt, keyed, moved } from "./tracks.js";

const SVG = "http://www.w3.org/2000/svg";
const START = { x: 40, y: 40, width: 20, height: 20 };
const SIDE_PERCENT_MIN = 0.5;
const HANDLE_PERCENT = 4;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export async function mount(object, { marks, palette, readonly, words }) {
  const video = object.querySelector("[data-shown]");
  await measured(video);
  const film = new Film(object, video, { marks, palette, readonly, words });
  film.open();
  return film;
}

class Film {
  constructor(object, video, { marks, palette, readonly, words }) {
    Object.assign(this, { object, video, marks, palette, readonly, words });
    this.name = object.dataset.object;
    this.rate = Number(object.dataset.frames);
    this.listeners = new AbortController();
  }

  open() {
    this.wrap = document.createElement("div");
    this.wrap.className = "task-easel";
    this.video.before(this.wrap);
    this.layer = draw("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", class: "task-tracks" });
    this.wrap.append(this.video, this.layer);
    this.video.controls = false;
    this.row = document.createElement("div");
    this.row.className = "task-wave-buttons";
    this.wrap.after(this.row);
    this.buttons();
    const { signal } = this.listeners;
    for (const what of ["add", "change", "remove", "select"]) {
      this.marks.addEventListener(what, () => this.draw(), { signal });
    }
    for (const what of ["seeked", "timeupdate", "pause"]) this.video.addEventListener(what, () => this.draw(), { signal });
    this.video.addEventListener("play", () => this.follow(), { signal });
    if (!this.readonly) this.arm(signal);
    this.draw();
  }

  arm(signal) {
    const on = (what, act) => this.layer.addEventListener(what, (event) => act.call(this, event), { signal });
    on("pointerdown", this.begin);
    on("pointermove", this.go);
    on("pointerup", this.end);
    on("pointercancel", this.end);
    on("keydown", this.press);
    this.layer.setAttribute("tabindex", "0");
    this.layer.setAttribute("role", "application");
    this.layer.setAttribute("aria-label", this.words.film_keys);
    this.palette.addEventListener("pick", () => this.picked(), { signal });
    this.picked();
  }

  // Buttons for all that the pointer can do, and for the time.
  buttons() {
    const { words, video } = this;
    const step = (count) => () => this.seek(video.currentTime + count / this.rate);
    this.scrub = Object.assign(document.createElement("input"), { type: "range", min: 0, max: video.duration, step: 0.01 });
    this.scrub.className = "form-range task-film-scrub";
    this.scrub.setAttribute("aria-label", words.scrub);
    this.scrub.addEventListener("input", (event) => {
      event.stopPropagation();
      this.seek(Number(this.scrub.value));
    });
    this.row.append(
      button("▶", words.play, () => (video.paused ? video.play() : video.pause())),
      button("◀|", words.frame_back, step(-1)),
      button("|▶", words.frame_on, step(1)),
      this.scrub,
    );
    if (this.readonly) return;
    this.row.append(button(words.add_box, "", () => this.label && this.keep(this.label, START)));
    this.row.append(button(words.box_ends, "", () => this.key(this.chosen, { enabled: false })));
  }

  seek(seconds) {
    this.video.pause();
    // The middle of a frame is surely shown by that frame.
    const frame = Math.floor(Math.min(this.video.duration, Math.max(0, seconds)) * this.rate + 0.001);
    this.video.currentTime = Math.min(this.video.duration, (frame + 0.5) / this.rate);
  }

  follow() {
    this.draw();
    if (!this.video.paused && !this.listeners.signal.aborted) requestAnimationFrame(() => this.follow());
  }

  get frame() {
    return Math.floor(this.video.currentTime * this.rate) + 1;
  }

  get label() {
    const label = this.palette.active;
    return label?.object === this.name && label.kind === "tracks" ? label : null;
  }

  get own() {
    return this.marks.of(this.name).filter(({ kind }) => kind === "tracks");
  }

  get chosen() {
    const mark = this.marks.get(this.marks.selected);
    return mark && this.own.includes(mark) ? mark : null;
  }

  picked() {
    const { label, chosen } = this;
    this.object.classList.toggle("is-armed", Boolean(label));
    if (label && chosen && label.label !== chosen.label) this.marks.select(null);
  }

  begin(event) {
    const at = this.placeOf(event);
    const id = event.target.dataset.mark;
    const isHandle = event.target.classList.contains("task-track-handle");
    if (id) this.marks.select(id);
    if (!id && !this.label) return this.marks.select(null);
    event.preventDefault();
    this.video.pause();
    this.layer.setPointerCapture(event.pointerId);
    const box = id ? boxAt(this.chosen.value.sequence, this.frame) : null;
    this.drag = { at, box, isHandle, now: box };
  }

  go(event) {
    if (!this.drag) return;
    const { at, box, isHandle } = this.drag;
    const [x, y] = this.placeOf(event);
    const [across, down] = [x - at[0], y - at[1]];
    if (!box) this.drag.now = between(at, [x, y]);
    else this.drag.now = moved(box, isHandle ? { width: across, height: down } : { x: across, y: down });
    this.draw();
  }

  end() {
    const { now, box } = this.drag ?? {};
    this.drag = null;
    if (box && now !== box) this.key(this.chosen, now);
    else if (!box && now && now.width >= SIDE_PERCENT_MIN && now.height >= SIDE_PERCENT_MIN) this.keep(this.label, now);
    this.draw();
  }

  press(event) {
    const step = STEPS[event.key];
    const box = this.chosen && boxAt(this.chosen.value.sequence, this.frame);
    if (!step || !box) return;
    event.preventDefault();
    const [x, y] = step;
    this.key(this.chosen, moved(box, event.shiftKey ? { width: x, height: y } : { x, y }));
  }

  keep({ control, type, kind, label }, box) {
    const { duration } = this.video;
    const sequence = keyed([], this.frame, this.rate, box);
    const value = { framesCount: Math.round(duration * this.rate), duration, sequence };
    this.marks.add({ id: newId(), object: this.name, control, type, kind, label, value, measures: {} });
  }

  // Put a key frame where the film stands: with another box, or where the box ends.
  key(mark, change) {
    if (!mark) return;
    const { sequence } = mark.value;
    this.marks.change(mark.id, { value: { ...mark.value, sequence: keyed(sequence, this.frame, this.rate, change) } });
  }

  placeOf({ clientX, clientY }) {
    const frame = this.layer.getBoundingClientRect();
    const share = (at, from, size) => Math.min(100, Math.max(0, ((at - from) / size) * 100));
    return [share(clientX, frame.left, frame.width), share(clientY, frame.top, frame.height)];
  }

  draw() {
    this.scrub.value = this.video.currentTime;
    const found = [];
    for (const mark of this.own) {
      const isChosen = mark.id === this.marks.selected;
      const box = (isChosen && this.drag?.box && this.drag.now) || boxAt(mark.value.sequence, this.frame);
      if (box) found.push(...this.shapes(mark, box, isChosen));
    }
    if (this.drag?.now && !this.drag.box) found.push(...this.shapes({ ...this.label, id: "" }, this.drag.now, false));
    this.layer.replaceChildren(...found);
  }

  shapes(mark, { x, y, width, height }, isChosen) {
    const common = { "data-mark": mark.id };
    const rect = draw("rect", { ...common, x, y, width, height, class: `task-track${isChosen ? " is-chosen" : ""}` });
    const shapes = [rect];
    if (isChosen && !this.readonly) {
      const [side, tall] = [Math.min(HANDLE_PERCENT, width), Math.min(HANDLE_PERCENT * 1.5, height)];
      const corner = { x: x + width - side, y: y + height - tall, width: side, height: tall };
      shapes.push(draw("rect", { ...common, ...corner, class: "task-track-handle" }));
    }
    shapes.forEach((shape) => shape.style.setProperty("--swatch", this.palette.hex(mark)));
    return shapes;
  }

  check() {
    return null;
  }

  destroy() {
    this.listeners.abort();
    this.row.remove();
    this.layer.remove();
    this.wrap.replaceWith(this.video);
    this.video.controls = true;
  }
}

function between([x0, y0], [x1, y1]) {
  return { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
}

function button(words, label, act) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", className: "btn", textContent: words });
  if (label) element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  return element;
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
