// Ask in a dialog before a dangerous form is sent; the form carries the words in data attributes.
export function mount(form) {
  const dialog = build(form.dataset);
  let submitter = null;

  form.addEventListener("submit", (event) => {
    if (dialog.returnValue === "accept") return;
    event.preventDefault();
    submitter = event.submitter;
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "accept") form.requestSubmit(submitter);
    dialog.returnValue = "";
  });
  form.after(dialog);
}

function build({ question, consequence, accept, refuse }) {
  const dialog = element("dialog", "dialog");
  const title = element("h2", "dialog-title", question);
  title.id = `confirm-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  dialog.setAttribute("aria-labelledby", title.id);
  const form = element("form", "dialog-actions");
  form.method = "dialog";
  form.append(choice("refuse", "btn", refuse), choice("accept", "btn btn-danger", accept));
  dialog.append(title, element("p", "dialog-text", consequence), form);
  return dialog;
}

function choice(value, className, text) {
  const button = element("button", className, text);
  button.value = value;
  button.autofocus = value === "refuse";
  return button;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
