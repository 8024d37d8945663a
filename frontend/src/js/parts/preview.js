// An interface to try out: worked on as on the work page, kept by nobody. A sample answer can be
// laid on it, and everything can be taken off again.
import { Keys } from "../work/keys.js";
import { mount as mountSheet } from "../task/sheet.js";

export async function mount(section) {
  const form = section.querySelector("[data-preview=form]");
  const sample = JSON.parse(section.dataset.result);
  const sheet = await mountSheet(form);

  function lay(result) {
    form.reset();
    sheet.setResult(result);
  }

  const commands = {
    undo: () => sheet.undo(),
    deselect: () => sheet.deselect(),
    remove: () => sheet.removeSelected(),
  };
  new Keys(form, (name) => commands[name]?.() ?? false).watch();
  form.addEventListener("submit", (event) => event.preventDefault());
  section.addEventListener("click", ({ target }) => {
    const { preview } = target.closest("[data-preview]")?.dataset ?? {};
    if (preview === "sample") lay(sample);
    if (preview === "clear") lay([]);
  });
  section.querySelectorAll("[data-scripted]").forEach((element) => (element.hidden = false));
}
