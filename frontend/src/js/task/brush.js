// Paint masks over a picture, pixel by pixel of the picture as stored: one mask for each label.
import { newId } from "./marks.js";
import { loaded } from "./media.js";
import { pack, unpack } from "./packing.js";

const PIXELS_MAX = 25_000_000;
const OPAQUE_FROM = 128;
// How wide the brush is, in percent of the picture's width.
const SIZE = { min: 0.5, max: 12, step: 0.5, value: 4 };
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export async function mount(object, { marks, palette, readonly, words }) {
  const image = object.querySelector("[data-shown]");
  await loaded(image);
  const easel = new Easel(object, image, { marks, palette, readonly, words });
  easel.open();
  return easel;
}

class Easel {
  constructor(object, image, { marks, palette, readonly, words }) {
    Object.assign(this, { object, image, marks, palette, readonly, words });
    this.name = object.dataset.object;
    this.size = { width: image.naturalWidth, height: image.naturalHeight };
    this.layers = new Map();
    this.listeners = new AbortController();
    this.erases = false;
    this.brush = SIZE.value;
    this.at = { x: this.size.width / 2, y: this.size.height / 2 };
  }

  open() {
    if (this.size.width * this.size.height > PIXELS_MAX) return this.refuse();
    this.canvas = sheetOf(this.size);
    this.canvas.className = "task-paint";
    this.hang();
    const { signal } = this.listeners;
    const listen = (what, act) =>
      this.marks.addEventListener(what, ({ detail }) => this.isOurs(detail) && act.call(this, detail), { signal });
    listen("add", this.lay);
    listen("change", this.lay);
    listen("remove", this.lift);
    this.marks.addEventListener("select", () => this.paint(), { signal });
    this.own.forEach((mark) => this.lay(mark));
    if (!this.readonly) this.arm();
    this.paint();
  }

  refuse() {
    const note = document.createElement("p");
    note.className = "task-dead alert alert-warning";
    note.textContent = this.words.too_large;
    this.image.after(note);
  }

  // Over the picture, and over the shapes drawn on it where there are any.
  hang() {
    const isWrapped = this.image.parentElement !== this.object;
    if (!isWrapped) {
      this.wrap = document.createElement("div");
      this.wrap.className = "task-easel";
      this.image.before(this.wrap);
      this.wrap.append(this.image);
    }
    this.image.parentElement.append(this.canvas);
  }

  arm() {
    const { signal } = this.listeners;
    const on = (what, act) => this.canvas.addEventListener(what, (event) => act.call(this, event), { signal });
    on("pointerdown", this.begin);
    on("pointermove", this.go);
    on("pointerup", this.end);
    on("pointercancel", this.end);
    on("pointerleave", this.leave);
    on("keydown", this.press);
    this.palette.addEventListener("pick", () => this.picked(), { signal });
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", this.words.paint_keys);
    this.tools();
    this.picked();
  }

  tools() {
    this.row = document.createElement("div");
    this.row.className = "task-wave-buttons task-brushes";
    const eraser = document.createElement("button");
    Object.assign(eraser, { type: "button", className: "btn", textContent: this.words.eraser });
    eraser.setAttribute("aria-pressed", "false");
    eraser.addEventListener("click", () => {
      this.erases = !this.erases;
      eraser.setAttribute("aria-pressed", this.erases);
      eraser.classList.toggle("active", this.erases);
    });
    const size = document.createElement("input");
    Object.assign(size, { type: "range", className: "form-range", ...SIZE });
    size.addEventListener("input", (event) => {
      event.stopPropagation();
      this.brush = Number(size.value);
    });
    const label = document.createElement("label");
    label.className = "task-brush-size";
    label.append(this.words.brush_size, size);
    this.row.append(eraser, label);
    this.object.append(this.row);
  }

  picked() {
    const isArmed = Boolean(this.label);
    this.canvas.classList.toggle("is-armed", isArmed);
    if (isArmed) this.marks.select(this.markOf(this.label)?.id ?? null);
    this.paint();
  }

  get label() {
    const label = this.palette.active;
    return label?.object === this.name && label.kind === "masks" ? label : null;
  }

  get own() {
    return this.marks.of(this.name).filter((mark) => this.isOurs(mark));
  }

  isOurs(mark) {
    return mark?.object === this.name && mark.kind === "masks";
  }

  markOf({ control, label }) {
    return this.own.find((mark) => mark.control === control && mark.label === label);
  }

  begin(event) {
    if (!this.label) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.follow(event);
    this.start();
    this.stroke(this.at, this.at);
  }

  go(event) {
    const before = this.at;
    this.follow(event);
    this.isNear = true;
    if (this.painted) this.stroke(before, this.at);
    else this.paint();
  }

  end() {
    if (this.painted) this.finish();
  }

  leave() {
    this.isNear = false;
    this.paint();
  }

  // By keyboard: arrows move the brush, blank paints where it is.
  press(event) {
    const step = STEPS[event.key];
    if (!this.label || (!step && event.key !== " ")) return;
    event.preventDefault();
    const before = this.at;
    const far = (this.pixels / 2) * (event.shiftKey ? 4 : 1);
    if (step) this.at = inside({ x: before.x + step[0] * far, y: before.y + step[1] * far }, this.size);
    this.isNear = true;
    if (event.key !== " ") return this.paint();
    this.start();
    this.stroke(this.at, this.at);
    this.finish();
  }

  start() {
    this.painted = this.layers.get(this.markOf(this.label)?.id) ?? sheetOf(this.size);
    this.paintedFor = this.label;
  }

  follow({ clientX, clientY }) {
    const frame = this.canvas.getBoundingClientRect();
    const x = ((clientX - frame.left) / frame.width) * this.size.width;
    const y = ((clientY - frame.top) / frame.height) * this.size.height;
    this.at = { x, y };
  }

  get pixels() {
    return Math.max(1, (this.brush / 100) * this.size.width);
  }

  stroke(from, to) {
    const pen = this.painted.getContext("2d");
    const colour = this.palette.hex(this.paintedFor);
    pen.globalCompositeOperation = this.erases ? "destination-out" : "source-over";
    Object.assign(pen, { lineWidth: this.pixels, strokeStyle: colour, fillStyle: colour });
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    // The round end; a line without length would leave nothing at all.
    for (const { x, y } of [from, to]) {
      pen.beginPath();
      pen.arc(x, y, this.pixels / 2, 0, 2 * Math.PI);
      pen.fill();
    }
    this.paint();
  }

  finish() {
    const { painted, paintedFor: label } = this;
    this.painted = null;
    const rle = packed(painted);
    const mark = this.markOf(label);
    if (!rle && mark) this.marks.remove(mark.id);
    else if (rle && mark) this.marks.change(mark.id, { value: { format: "rle", rle } });
    else if (rle) this.keep(label, rle);
    this.paint();
  }

  keep({ control, type, kind, label }, rle) {
    const measures = { original_width: this.size.width, original_height: this.size.height, image_rotation: 0 };
    const mark = { id: newId(), object: this.name, control, type, kind, label };
    this.marks.add({ ...mark, value: { format: "rle", rle }, measures });
  }

  lay(mark) {
    this.layers.set(mark.id, this.layerOf(mark));
    this.paint();
  }

  lift(mark) {
    this.layers.delete(mark.id);
    this.paint();
  }

  // A mask as it is stored, in the colour of its label.
  layerOf(mark) {
    const layer = sheetOf(this.size);
    const pen = layer.getContext("2d");
    const mask = unpack(mark.value.rle);
    const image = pen.createImageData(this.size.width, this.size.height);
    const { data } = image;
    for (let pixel = 0; pixel < mask.length && pixel * 4 < data.length; pixel += 1) data[pixel * 4 + 3] = mask[pixel];
    pen.putImageData(image, 0, 0);
    pen.globalCompositeOperation = "source-in";
    pen.fillStyle = this.palette.hex(mark);
    pen.fillRect(0, 0, this.size.width, this.size.height);
    return layer;
  }

  paint() {
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.size.width, this.size.height);
    const layers = new Set([...this.layers.values(), ...(this.painted ? [this.painted] : [])]);
    const chosen = this.layers.get(this.marks.selected);
    for (const layer of layers) {
      pen.globalAlpha = layer === chosen || layer === this.painted ? 0.6 : 0.45;
      pen.drawImage(layer, 0, 0);
    }
    pen.globalAlpha = 1;
    if (this.isNear && this.label) this.ring(pen);
  }

  ring(pen) {
    const scale = this.size.width / this.canvas.getBoundingClientRect().width;
    Object.assign(pen, { lineWidth: 1.5 * scale, strokeStyle: this.palette.hex(this.label) });
    pen.beginPath();
    pen.arc(this.at.x, this.at.y, this.pixels / 2, 0, 2 * Math.PI);
    pen.stroke();
  }

  check() {
    return null;
  }

  destroy() {
    this.listeners.abort();
    this.row?.remove();
    this.canvas?.remove();
    this.wrap?.replaceWith(this.image);
  }
}

function sheetOf({ width, height }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  return canvas;
}

function inside({ x, y }, { width, height }) {
  return { x: Math.min(width, Math.max(0, x)), y: Math.min(height, Math.max(0, y)) };
}

// The packed mask of what was painted, each pixel wholly in or out; null where nothing is.
function packed(layer) {
  const { data } = layer.getContext("2d").getImageData(0, 0, layer.width, layer.height);
  const mask = new Uint8Array(data.length / 4);
  for (let pixel = 0; pixel < mask.length; pixel += 1) mask[pixel] = data[pixel * 4 + 3] >= OPAQUE_FROM ? 255 : 0;
  return mask.includes(255) ? pack(mask) : null;
}
