// A task to try: its widgets work as on the work page, and go with the form around it if there is one.
import { mount as mountSheet } from "../task/sheet.js";

export async function mount(root) {
  const sheet = await mountSheet(root);
  const form = root.closest("form");
  const result = form?.elements.result;
  if (!result) return;
  // The server says what is missing; the browser's bubble would point at a hidden button.
  form.noValidate = true;
  form.addEventListener("submit", () => (result.value = JSON.stringify(sheet.getResult())));
}
