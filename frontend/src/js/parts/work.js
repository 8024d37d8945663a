// The work page: one task after the other, by keyboard or by touch, with nothing lost on the way.
import { Desk } from "../work/desk.js";
import { ask, watchDigits } from "../work/dialogs.js";
import { Keys } from "../work/keys.js";
import { mountKeySheet } from "../work/keysheet.js";
import { View } from "../work/view.js";

export function mount(section) {
  const view = new View(section);
  const desk = new Desk(view, section.dataset);
  const commands = {
    submit: () => view.form.requestSubmit(view.find("submit")),
    skip: () => desk.skip(),
    report: () => desk.report(),
    undo: () => desk.undo(),
    extend: () => desk.extend(),
    stop: () => desk.stop(),
    again: () => desk.next(),
    unsure: () => desk.unsure(),
    deselect: () => desk.sheet?.deselect() ?? false,
    remove: () => desk.sheet?.removeSelected() ?? false,
    keys: () => ask(view.find("keys-dialog")),
  };

  view.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { command } = event.submitter?.dataset ?? {};
    if (command) commands[command]();
    else desk.submit();
  });
  section.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=button][data-command]");
    if (button) commands[button.dataset.command]();
  });
  section.querySelectorAll("dialog").forEach(watchDigits);
  const keys = new Keys(view.form, (name) => commands[name]());
  keys.watch();
  mountKeySheet(view.find("keys-dialog"), keys, view.sentences);
  desk.open(firstOf(view));
}

// Read the claim that the server rendered; there is none when it had no task to give.
function firstOf({ form, body }) {
  const { assignment, deadlineAt, rewardAmount, rewardCurrency } = form.dataset;
  if (!assignment) return null;
  const element = document.createElement("div");
  element.append(...body.childNodes);
  const reward = { amount: rewardAmount, currency: rewardCurrency };
  return { id: assignment, reward, body: element, deadline: Date.parse(deadlineAt), seconds: 0 };
}
