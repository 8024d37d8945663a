// Draw boxes, polygons, ellipses and points on a picture, in percent of its size as stored.
import "@annotorious/annotorious/annotorious.css";
import "@annotorious/plugin-tools/annotorious-plugin-tools.css";
import { createImageAnnotator } from "@annotorious/annotorious";
import { mountPlugin } from "@annotorious/plugin-tools";
import { newId } from "./marks.js";
import { loaded } from "./media.js";
import * as shapes from "./shapes.js";

// Boxes and ellipses are dragged, polygons are clicked corner by corner.
const TOOLS = { boxes: "rectangle", ellipses: "ellipse", polygons: "polygon" };
const MODES = { boxes: "drag", ellipses: "drag", polygons: "click" };

export async function mount(object, { marks, palette, readonly }) {
  const image = object.querySelector("[data-shown]");
  await loaded(image);
  const surface = new Surface(object, image, { marks, palette, readonly });
  surface.watch();
  return surface;
}

class Surface {
  constructor(object, image, { marks, palette, readonly }) {
    Object.assign(this, { object, image, marks, palette, readonly });
    this.name = object.dataset.object;
    this.size = { width: image.naturalWidth, height: image.naturalHeight };
    this.anno = createImageAnnotator(image, {
      drawingEnabled: false,
      userSelectAction: readonly ? "SELECT" : "EDIT",
      style: (annotation, state) => this.style(annotation, state),
    });
    mountPlugin(this.anno);
    this.listeners = new AbortController();
  }

  watch() {
    const { signal } = this.listeners;
    const listen = (what, act) =>
      this.marks.addEventListener(what, ({ detail }) => act.call(this, detail), { signal });
    listen("add", this.draw);
    listen("change", this.draw);
    listen("remove", this.erase);
    listen("select", this.point);
    this.palette.addEventListener("pick", () => this.arm(), { signal });
    this.anno.on("createAnnotation", (annotation) => this.created(annotation));
    this.anno.on("updateAnnotation", (annotation) => this.changed(annotation));
    this.anno.on("selectionChanged", ([annotation]) => {
      if (annotation && this.marks.get(annotation.id)) this.marks.select(annotation.id);
    });
    this.object.addEventListener("click", (event) => this.tap(event), { signal, capture: true });
    this.marks.of(this.name).forEach((mark) => this.draw(mark));
    this.arm();
  }

  // Choose the tool of the active label; without one the picture can be moved and zoomed by touch.
  arm() {
    const label = this.palette.active;
    const kind = label?.object === this.name && !this.readonly ? label.kind : null;
    this.anno.cancelDrawing();
    this.anno.setDrawingEnabled(Boolean(TOOLS[kind]));
    if (TOOLS[kind]) {
      this.anno.setDrawingMode(MODES[kind]);
      this.anno.setDrawingTool(TOOLS[kind]);
    }
    this.object.classList.toggle("is-armed", Boolean(kind));
    const mark = this.marks.get(this.marks.selected);
    const fits = mark?.object === this.name && label && mark.control === label.control;
    if (fits && mark.label !== label.label) this.marks.change(mark.id, { label: label.label });
    else if (kind) this.anno.setSelected();
  }

  created(annotation) {
    const label = this.palette.active;
    const found = label && shapes.fromAnnotation(annotation, this.size);
    this.anno.removeAnnotation(annotation.id);
    if (!found || found.kind !== label.kind) return;
    this.keep(label, found.value);
  }

  keep(label, value) {
    const { control, type, kind } = label;
    const measures = { original_width: this.size.width, original_height: this.size.height };
    const mark = { id: newId(), object: this.name, control, type, kind, label: label.label };
    this.marks.add({ ...mark, value, measures: { ...measures, image_rotation: 0 } });
  }

  changed(annotation) {
    const mark = this.marks.get(annotation.id);
    const found = mark && shapes.fromAnnotation(annotation, this.size);
    if (!found || JSON.stringify(found.value) === JSON.stringify(mark.value)) return;
    const value = mark.kind === "points" ? shapes.centre(found.value) : found.value;
    this.marks.change(mark.id, { value });
  }

  // There is no tool for points: a tap adds a tiny ellipse, which stays selectable and movable.
  tap(event) {
    const label = this.palette.active;
    const isHere = label?.kind === "points" && label.object === this.name && !this.readonly;
    if (!isHere || !event.target.closest(".a9s-annotationlayer, .task-image")) return;
    const frame = this.image.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * 100;
    const y = ((event.clientY - frame.top) / frame.height) * 100;
    if (this.marks.of(this.name).some((mark) => shapes.isNear(mark, { x, y }))) return;
    event.stopPropagation();
    this.keep(label, shapes.bounded("points", { x, y, width: shapes.POINT_PERCENT }));
  }

  draw(mark) {
    if (mark.object !== this.name || mark.kind === "masks") return;
    const annotation = shapes.toAnnotation(mark, this.size);
    if (this.anno.getAnnotationById(mark.id)) this.anno.updateAnnotation(annotation);
    else this.anno.addAnnotation(annotation);
  }

  erase(mark) {
    if (this.anno.getAnnotationById(mark.id)) this.anno.removeAnnotation(mark.id);
  }

  // Freshly drawn shapes stay unselected while their tool is armed, or the next drag would move them.
  point(mark) {
    const isHere = mark?.object === this.name && !this.palette.active;
    const [selected] = this.anno.getSelected();
    if (isHere && selected?.id !== mark.id) this.anno.setSelected(mark.id);
    else if (!isHere && selected) this.anno.setSelected();
    this.anno.setStyle((annotation, state) => this.style(annotation, state));
  }

  style({ id }, state) {
    const mark = this.marks.get(id);
    const label = mark ?? this.palette.active;
    const colour = label ? this.palette.hex(label) : "#1f77c9";
    const isStrong = this.marks.selected === id || state?.hovered;
    return { fill: colour, fillOpacity: isStrong ? 0.3 : 0.15, stroke: colour, strokeWidth: 2 };
  }

  check(mark, value) {
    return shapes.bounded(mark.kind, value);
  }

  destroy() {
    this.listeners.abort();
    this.anno.destroy();
  }
}
