// Join two marks by an arrow: pick one, press the button, pick the other.
export class Relations {
  constructor(root, { marks, palette, readonly, words, names, onChange }) {
    Object.assign(this, { marks, palette, readonly, words, names, onChange });
    this.list = [];
    this.from = null;
    this.element = document.createElement("div");
    this.element.className = "task-relations";
    root.append(this.element);
    this.selected = ({ detail }) => this.pick(detail);
    this.removed = () => this.prune();
    marks.addEventListener("select", this.selected);
    marks.addEventListener("remove", this.removed);
    this.element.addEventListener("click", (event) => this.click(event));
    this.element.addEventListener("change", (event) => this.rename(event));
    this.draw();
  }

  get items() {
    return this.list.map((each) => ({ type: "relation", ...each }));
  }

  reset(items) {
    this.list = items.map(({ from_id, to_id, direction, labels }) => ({
      from_id,
      to_id,
      direction: direction ?? "right",
      labels: labels ?? [],
    }));
    this.draw();
  }

  pick(mark) {
    if (this.from && mark && mark.id !== this.from) {
      const labels = this.names.slice(0, 1);
      this.list.push({ from_id: this.from, to_id: mark.id, direction: "right", labels });
      this.from = null;
      this.onChange();
    }
    this.draw();
  }

  // While an answer is restored marks come and go, so what they join is judged afterwards.
  prune() {
    queueMicrotask(() => {
      const isThere = ({ from_id, to_id }) => this.marks.get(from_id) && this.marks.get(to_id);
      this.list = this.list.filter(isThere);
      this.draw();
    });
  }

  click({ target }) {
    const place = target.closest("[data-unlink]")?.dataset.unlink;
    if (place !== undefined) this.list.splice(Number(place), 1);
    else if (target.closest("[data-link]")) this.from = this.from ? null : this.marks.selected;
    else return;
    this.onChange();
    this.draw();
  }

  rename({ target }) {
    this.list[Number(target.dataset.name)].labels = target.value ? [target.value] : [];
    this.onChange();
  }

  draw() {
    const rows = this.list.map((each, place) => this.row(each, place));
    const link = element("button", "btn", this.from ? this.words.link_to : this.words.link_from);
    link.type = "button";
    link.dataset.link = "";
    link.disabled = !this.from && !this.marks.selected;
    this.element.replaceChildren(...rows, ...(this.readonly ? [] : [link]));
  }

  row({ from_id, to_id, labels }, place) {
    const row = element("div", "task-relation");
    row.append(this.end(from_id), this.name(labels, place), this.end(to_id));
    if (this.readonly) return row;
    const remove = element("button", "btn btn-icon", "✕");
    remove.type = "button";
    remove.dataset.unlink = place;
    remove.setAttribute("aria-label", this.words.remove);
    row.append(remove);
    return row;
  }

  end(id) {
    const mark = this.marks.get(id);
    return element("span", "task-relation-end", mark ? (mark.value.text ?? this.palette.words(mark)) : "");
  }

  name(labels, place) {
    if (this.readonly || !this.names.length) return element("span", "", `→ ${labels.join(", ")}`);
    const select = element("select", "form-select");
    select.dataset.name = place;
    select.setAttribute("aria-label", this.words.relation);
    select.append(...["", ...this.names].map((name) => new Option(name ? `→ ${name}` : "→", name)));
    select.value = labels[0] ?? "";
    return select;
  }

  destroy() {
    this.marks.removeEventListener("select", this.selected);
    this.marks.removeEventListener("remove", this.removed);
    this.element.remove();
  }
}

function element(tag, className, words = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = words;
  made.dir = "auto";
  return made;
}
