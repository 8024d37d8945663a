// The labels of a task as a person picks them: one is active at a time over all controls.
export class Palette extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    for (const radio of root.querySelectorAll(".task-palette input")) {
      radio.parentElement.style.setProperty("--swatch", radio.dataset.colour);
      // Enter after a label means the label was chosen, so the form's own radios stay out of it.
      radio.addEventListener("change", () => this.pick(radio));
      radio.addEventListener("click", () => this.pick(radio));
    }
  }

  get radios() {
    return [...this.root.querySelectorAll(".task-palette input")];
  }

  // {control, type, kind, object, label, colour} of the active label, or null.
  get active() {
    const radio = this.radios.find((each) => each.checked);
    return radio ? this.describe(radio) : null;
  }

  describe(radio) {
    const { control, type, kind, about } = radio.closest("[data-control]").dataset;
    const { colour, label } = radio.dataset;
    return { control, type, kind, object: about, label: radio.value, words: label, colour };
  }

  pick(radio) {
    for (const other of this.radios) other.checked = other === radio;
    this.dispatchEvent(new CustomEvent("pick", { detail: this.describe(radio) }));
  }

  clear() {
    this.radios.forEach((radio) => (radio.checked = false));
    this.dispatchEvent(new CustomEvent("pick", { detail: null }));
  }

  options(control) {
    return this.radios.map((radio) => this.describe(radio)).filter((each) => each.control === control);
  }

  colour({ control, label }) {
    return this.options(control).find((each) => each.label === label)?.colour ?? "#1f77c9";
  }

  // The drawing libraries know no colours by name, as the page does.
  hex(label) {
    const colour = this.colour(label);
    if (colour.startsWith("#")) return colour;
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = colour;
    return context.fillStyle;
  }

  words({ control, label }) {
    const found = this.options(control).find((each) => each.label === label);
    return found?.words || label || control.replaceAll("_", " ");
  }
}
