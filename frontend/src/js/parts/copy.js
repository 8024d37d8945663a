// Copy text to the clipboard: data-text itself, or the text of the element named by data-target.
const SHOWN_MS = 2000;

export function mount(button) {
  const label = button.textContent;

  button.addEventListener("click", async () => {
    const { text, target } = button.dataset;
    await navigator.clipboard.writeText(text ?? document.querySelector(target).textContent);
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = label), SHOWN_MS);
  });
  // Browsers offer the clipboard on secure pages only; elsewhere the button stays away.
  button.hidden = !navigator.clipboard;
}
