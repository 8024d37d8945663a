// A label or a check corrected on its task: what is drawn goes into the form when it is sent.
import { mount as mountSheet } from "../task/sheet.js";

export async function mount(form) {
  const sheet = await mountSheet(form, { result: JSON.parse(form.dataset.result) });
  form.addEventListener("submit", () => {
    form.elements.result.value = JSON.stringify(sheet.getResult());
  });
}
