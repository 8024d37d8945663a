// Put items in order by dragging, or by the buttons beside each; they move on into the next list.
import Sortable from "sortablejs";

export function mount(box, { readonly, onChange }) {
  const lists = [...box.querySelectorAll("[data-bucket]")];
  box.querySelectorAll("[data-unscripted]").forEach((element) => (element.hidden = true));
  if (readonly) return { destroy() {} };
  box.querySelectorAll("[data-scripted]").forEach((element) => (element.hidden = false));
  const group = crypto.randomUUID();
  const sortables = lists.map((each) =>
    Sortable.create(each, { group, handle: ".task-grip", animation: 120, onEnd: onChange }),
  );
  const click = ({ target }) => {
    const button = target.closest("[data-move]");
    if (button) move(lists, button, onChange);
  };
  box.addEventListener("click", click);
  return {
    destroy() {
      box.removeEventListener("click", click);
      sortables.forEach((each) => each.destroy());
    },
  };
}

function move(lists, button, onChange) {
  const item = button.closest("[data-item]");
  const here = lists.indexOf(item.parentElement);
  const up = button.dataset.move === "-1";
  const beside = up ? item.previousElementSibling : item.nextElementSibling;
  const other = lists[here + (up ? -1 : 1)];
  if (beside && up) beside.before(item);
  else if (beside) beside.after(item);
  else if (other && up) other.append(item);
  else if (other) other.prepend(item);
  button.focus();
  onChange();
}
