// Keep the marks of one task: what is marked, as what, which one is selected, and the way back.
const HISTORY_MAX = 50;

export class Marks extends EventTarget {
  constructor() {
    super();
    this.list = [];
    this.selected = null;
    this.history = [];
  }

  // A mark is {id, object, control, type, label, value, measures}; `value` is without its label.
  add(mark) {
    this.remember();
    this.list.push(mark);
    this.tell("add", mark);
    this.select(mark.id);
  }

  change(id, change) {
    const mark = this.get(id);
    if (!mark) return;
    this.remember();
    Object.assign(mark, change);
    this.tell("change", mark);
  }

  remove(id) {
    const mark = this.get(id);
    if (!mark) return;
    this.remember();
    this.list = this.list.filter((each) => each !== mark);
    if (this.selected === id) this.select(null);
    this.tell("remove", mark);
  }

  select(id) {
    if (this.selected === id) return;
    this.selected = id;
    this.tell("select", this.get(id));
  }

  get(id) {
    return this.list.find((mark) => mark.id === id);
  }

  of(object) {
    return this.list.filter((mark) => mark.object === object);
  }

  // Replace everything, as when an answer is restored; `isNew` forgets the way back.
  reset(list, isNew = true) {
    if (isNew) this.history = [];
    const before = this.list;
    this.select(null);
    this.list = [];
    before.forEach((mark) => this.tell("remove", mark));
    this.list = list;
    list.forEach((mark) => this.tell("add", mark));
  }

  undo() {
    const before = this.history.pop();
    if (!before) return false;
    this.reset(JSON.parse(before), false);
    return true;
  }

  remember() {
    this.history = [...this.history, JSON.stringify(this.list)].slice(-HISTORY_MAX);
  }

  tell(what, mark) {
    this.dispatchEvent(new CustomEvent(what, { detail: mark }));
    if (what !== "select") this.dispatchEvent(new CustomEvent("touch", { detail: mark }));
  }
}

export function newId() {
  return crypto.randomUUID().slice(0, 10);
}

// Marks hold their label under their type, but for boxes in films.
const LABEL_KEYS = { videorectangle: "labels" };

export function toItem(mark) {
  const labels = mark.label ? { [LABEL_KEYS[mark.type] ?? mark.type]: [mark.label] } : {};
  return {
    id: mark.id,
    from_name: mark.control,
    to_name: mark.object,
    type: mark.type,
    ...mark.measures,
    value: { ...mark.value, ...labels },
  };
}

export function fromItem(item) {
  const { id, from_name: control, to_name: object, type, value: given, ...more } = item;
  const { [LABEL_KEYS[type] ?? type]: labels, ...value } = given;
  const { origin: _origin, ...measures } = more;
  return { id: id ?? newId(), object, control, type, label: labels?.[0] ?? "", value, measures };
}
