// Ask in a dialog of the page; digits press its numbered buttons.
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.querySelector("form").reset();
  dialog.showModal();
  return new Promise((resolve) => {
    const close = () => resolve(answerOf(dialog));
    dialog.addEventListener("close", close, { once: true });
  });
}

export function watchDigits(dialog) {
  dialog.addEventListener("keydown", (event) => {
    if (event.target.matches("textarea") || !/^[1-9]$/.test(event.key)) return;
    dialog.querySelectorAll("[data-numbered]")[Number(event.key) - 1]?.click();
  });
}

// Null when the person closed the dialog without choosing.
function answerOf(dialog) {
  if (!dialog.returnValue) return null;
  const fields = Object.fromEntries(new FormData(dialog.querySelector("form")));
  return { ...fields, choice: dialog.returnValue };
}
