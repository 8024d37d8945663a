// Turn key presses into commands: never while typing, never while a dialog is open.
export const DEFAULTS = {
  submit: "enter",
  skip: "s",
  undo: "z",
  extend: "e",
  unsure: "u",
  deselect: "escape",
  remove: "delete",
  keys: "?",
};
const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true]";
const DIGIT = /^[1-9]$/;
const STORED = "quorum.keys";

export class Keys {
  constructor(form, run, storage = localStorage) {
    Object.assign(this, { form, run, storage });
    this.map = { ...DEFAULTS, ...stored(storage) };
  }

  watch() {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.repeat || event.altKey) return;
      if (event.target.closest?.(TYPING)) return this.leaveField(event);
      if (document.querySelector("dialog[open]")) return;
      if (this.pick(event) || this.command(event)) event.preventDefault();
    });
  }

  // Escape leaves a field, so that keys work again; Ctrl+Enter submits from within one.
  leaveField(event) {
    if (event.key === "Escape") event.target.blur();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.run("submit");
  }

  // A class is picked by the key its control names, else by its place: 1 to 9.
  pick({ key, ctrlKey, metaKey }) {
    if (ctrlKey || metaKey) return false;
    const input = pickable(this.form, key.toLowerCase());
    if (!input) return false;
    input.focus();
    input.click();
    return true;
  }

  command({ key, ctrlKey, metaKey, target }) {
    const pressed = key === "Backspace" ? "delete" : key.toLowerCase();
    const name = Object.keys(this.map).find((each) => this.map[each] === pressed);
    if (!name || ((ctrlKey || metaKey) && name !== "undo")) return false;
    // Enter on a button or link means that button or link.
    if (name === "submit" && target.closest?.("button, a, summary")) return false;
    return this.run(name) !== false;
  }

  // Give a command another key; tells the reason where that key is taken, else null.
  remap(name, key) {
    const wanted = key.toLowerCase();
    const isTaken = Object.keys(this.map).some((each) => each !== name && this.map[each] === wanted);
    if (isTaken || DIGIT.test(wanted) || pickable(this.form, wanted)) return "taken";
    this.map[name] = wanted;
    this.storage.setItem(STORED, JSON.stringify(this.map));
    return null;
  }

  reset() {
    this.map = { ...DEFAULTS };
    this.storage.removeItem(STORED);
  }
}

function pickable(form, key) {
  const inputs = [...form.querySelectorAll("input[type=radio], input[type=checkbox]")];
  const open = inputs.filter((input) => !input.disabled && !input.closest("[hidden]"));
  const named = open.find((input) => input.dataset.hotkey?.toLowerCase() === key);
  if (named || !DIGIT.test(key) || open.some((input) => input.dataset.hotkey)) return named;
  const numbered = open.filter(({ dataset }) => dataset.toName || dataset.star || dataset.side);
  return numbered[Number(key) - 1];
}

function stored(storage) {
  try {
    return JSON.parse(storage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}
