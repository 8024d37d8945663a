// Turn key presses into commands: never while typing, never while a dialog is open.
const COMMANDS = { enter: "submit", s: "skip", z: "undo", e: "extend", "?": "keys" };
const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true]";

export function watchKeys(form, run) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.altKey) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const acted = pick(form, event) || command(event, run);
    if (acted) event.preventDefault();
  });
}

// A class is picked by the key its control names, else by its place: 1 to 9.
function pick(form, { key, ctrlKey, metaKey }) {
  if (ctrlKey || metaKey) return false;
  const radios = [...form.querySelectorAll("input[type=radio][data-to-name]")];
  const wanted = key.toLowerCase();
  const named = radios.find((radio) => radio.dataset.hotkey?.toLowerCase() === wanted);
  const placed = /^[1-9]$/.test(key) && !radios.some((radio) => radio.dataset.hotkey);
  const radio = named ?? (placed ? radios[Number(key) - 1] : null);
  if (!radio) return false;
  radio.checked = true;
  radio.focus();
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function command({ key, ctrlKey, metaKey, target }, run) {
  const name = COMMANDS[key.toLowerCase()];
  if (!name || ((ctrlKey || metaKey) && name !== "undo")) return false;
  // Enter on a button or link means that button or link.
  if (name === "submit" && target.closest?.("button, a, summary")) return false;
  run(name);
  return true;
}
