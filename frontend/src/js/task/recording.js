// Mark stretches of a recording on its waveform; a film gets the same strip below its picture.
import RegionsPlugin from "wavesurfer.js/plugins/regions";
import WaveSurfer from "wavesurfer.js";
import { newId } from "./marks.js";
import { measured } from "./media.js";

const HEIGHT_PIXELS = 96;
const FLAT = [[0, 0]];
const SECONDS_MIN = 0.02;

export async function mount(object, { marks, palette, readonly, words }) {
  const media = object.querySelector("[data-shown]");
  await measured(media);
  const strip = new Strip(object, media, { marks, palette, readonly, words });
  await strip.open();
  return strip;
}

class Strip {
  constructor(object, media, { marks, palette, readonly, words }) {
    Object.assign(this, { object, media, marks, palette, readonly, words });
    this.name = object.dataset.object;
    this.listeners = new AbortController();
    this.drawing = false;
  }

  async open() {
    this.element = document.createElement("div");
    this.element.className = "task-wave";
    this.media.after(this.element);
    const colours = getComputedStyle(this.element);
    this.regions = RegionsPlugin.create();
    const isFilm = this.media instanceof HTMLVideoElement;
    const flat = isFilm ? { peaks: FLAT, duration: this.media.duration } : {};
    this.wave = WaveSurfer.create({
      container: this.element,
      media: this.media,
      height: isFilm ? HEIGHT_PIXELS / 2 : HEIGHT_PIXELS,
      waveColor: colours.getPropertyValue("--wave").trim() || "#7d8998",
      progressColor: colours.getPropertyValue("--wave-played").trim() || "#1f5fbf",
      cspNonce: document.querySelector("meta[name=style-nonce]")?.content,
      plugins: [this.regions],
      ...flat,
    });
    await new Promise((resolve) => {
      this.wave.once("ready", resolve);
      // A recording of another site may be played but not read: then the strip stays flat.
      this.wave.once("error", () => this.flatten().then(resolve));
    });
    this.watch();
  }

  flatten() {
    return this.wave.load(this.media.src, FLAT, this.media.duration).catch(() => null);
  }

  watch() {
    const { signal } = this.listeners;
    const listen = (what, act) =>
      this.marks.addEventListener(what, ({ detail }) => act.call(this, detail), { signal });
    listen("add", this.draw);
    listen("change", this.draw);
    listen("remove", this.erase);
    listen("select", this.colour);
    this.marks.of(this.name).forEach((mark) => this.draw(mark));
    this.regions.on("region-created", (region) => this.created(region));
    this.regions.on("region-updated", (region) => this.moved(region));
    this.regions.on("region-clicked", (region, event) => {
      event.stopPropagation();
      this.marks.select(region.id);
    });
    if (this.readonly) return;
    this.palette.addEventListener("pick", ({ detail }) => this.picked(detail), { signal });
    this.arm();
    this.buttons();
  }

  arm() {
    this.disarm?.();
    const label = this.palette.active;
    const isHere = label?.object === this.name;
    this.disarm = isHere ? this.regions.enableDragSelection({ color: pale(this.palette.hex(label)) }) : null;
  }

  picked(label) {
    this.arm();
    const mark = this.marks.get(this.marks.selected);
    const isOther = label && mark?.object === this.name && label.object === this.name;
    if (isOther && mark.label !== label.label) this.marks.change(mark.id, { label: label.label });
  }

  // Play, pause, and mark from here to there: all that the pointer can do, by buttons.
  buttons() {
    const row = document.createElement("div");
    row.className = "task-wave-buttons";
    const from = button(this.words.mark_from, () => this.fromHere(from));
    row.append(button(this.words.play, () => this.wave.playPause()), from);
    this.element.after(row);
    this.row = row;
  }

  fromHere(element) {
    const label = this.palette.active ?? this.palette.options(this.controls()[0])[0];
    const now = this.media.currentTime;
    if (this.begun === undefined) this.begun = now;
    else {
      this.keep(label, Math.min(this.begun, now), Math.max(this.begun, now));
      this.begun = undefined;
    }
    element.textContent = this.begun === undefined ? this.words.mark_from : this.words.mark_to;
  }

  controls() {
    const radios = this.palette.radios.map((radio) => this.palette.describe(radio));
    return radios.filter(({ object }) => object === this.name).map(({ control }) => control);
  }

  created(region) {
    if (this.drawing) return;
    const { start, end } = region;
    const label = this.palette.active;
    region.remove();
    if (label) this.keep(label, start, end);
  }

  keep({ control, type, kind, label }, from, to) {
    const [start, end] = [rounded(from), rounded(to)];
    if (end - start < SECONDS_MIN) return;
    const mark = { id: newId(), object: this.name, control, type, kind, label };
    const measures = { original_length: rounded(this.media.duration) };
    this.marks.add({ ...mark, value: { start, end, channel: 0 }, measures });
  }

  moved({ id, start, end }) {
    const mark = this.marks.get(id);
    if (!mark || this.drawing) return;
    const value = { ...mark.value, start: rounded(start), end: rounded(end) };
    if (value.start !== mark.value.start || value.end !== mark.value.end) this.marks.change(id, { value });
  }

  draw(mark) {
    if (mark.object !== this.name) return;
    this.erase(mark);
    this.drawing = true;
    this.regions.addRegion({
      id: mark.id,
      start: mark.value.start,
      end: mark.value.end,
      color: this.tone(mark),
      content: this.palette.words(mark),
      drag: !this.readonly,
      resize: !this.readonly,
    });
    this.drawing = false;
  }

  erase(mark) {
    this.regions.getRegions().find((region) => region.id === mark?.id)?.remove();
  }

  colour() {
    for (const region of this.regions.getRegions()) {
      const mark = this.marks.get(region.id);
      if (mark) region.setOptions({ color: this.tone(mark) });
    }
  }

  tone(mark) {
    return pale(this.palette.hex(mark), this.marks.selected === mark.id ? "80" : "40");
  }

  check(mark, { start, end }) {
    const isThere = start >= 0 && end - start >= SECONDS_MIN && end <= this.media.duration;
    return isThere ? { ...mark.value, start: rounded(start), end: rounded(end) } : null;
  }

  destroy() {
    this.listeners.abort();
    this.row?.remove();
    this.wave.destroy();
    this.element.remove();
  }
}

function button(words, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "btn";
  element.textContent = words;
  element.addEventListener("click", act);
  return element;
}

function pale(hex, alpha = "40") {
  const full = hex.length === 4 ? `#${[...hex.slice(1)].map((digit) => digit + digit).join("")}` : hex;
  return full + alpha;
}

function rounded(seconds) {
  return Math.round(seconds * 1000) / 1000;
}
