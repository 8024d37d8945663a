// The sheet of keys: shows what each key does, and lets a person choose others.
export function mountKeySheet(dialog, keys, sentences) {
  const show = () => dialog.querySelectorAll("[data-remap]").forEach((each) => label(each, keys));
  const say = (words) => (dialog.querySelector("[data-key-note]").textContent = words);
  let waiting = null;
  dialog.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-remap]");
    if (target.closest("[data-keys-reset]")) keys.reset();
    waiting = button;
    say(button ? sentences.press_key : "");
    show();
  });
  dialog.addEventListener("keydown", (event) => {
    if (!waiting || event.key === "Tab" || event.key === "Shift") return;
    event.preventDefault();
    event.stopPropagation();
    const problem = event.key === "Escape" ? null : keys.remap(waiting.dataset.remap, event.key);
    say(problem ? sentences.key_taken : "");
    waiting = null;
    show();
  });
  show();
}

const SIGNS = { enter: "↵", escape: "Esc", delete: "Del", " ": "␣" };

function label(button, keys) {
  const key = keys.map[button.dataset.remap];
  button.querySelector("kbd").textContent = SIGNS[key] ?? key.toUpperCase();
}
