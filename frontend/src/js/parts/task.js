// A task as it was answered, to look at: in review, in disputes, after a check.
import { mount as mountSheet } from "../task/sheet.js";

export function mount(body) {
  return mountSheet(body, { readonly: true, result: JSON.parse(body.dataset.result ?? "[]") });
}
