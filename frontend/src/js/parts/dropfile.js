// Take a file dropped on a file input's frame, and show its name and size before it is sent.
const UNITS = ["B", "KB", "MB", "GB"];

export function mount(frame) {
  const input = frame.querySelector("input[type=file]");
  const chosen = frame.querySelector("[data-dropfile=chosen]");

  function show() {
    const [file] = input.files;
    chosen.textContent = file ? `${file.name} · ${sizeInWords(file.size)}` : "";
    const bytesMax = Number(frame.dataset.bytesMax || Infinity);
    input.setCustomValidity(file && file.size > bytesMax ? frame.dataset.tooLarge : "");
    if (file) input.reportValidity();
  }

  function mark(event) {
    event.preventDefault();
    frame.classList.toggle("is-over", event.type === "dragover");
  }

  frame.addEventListener("dragover", mark);
  frame.addEventListener("dragleave", mark);
  frame.addEventListener("drop", (event) => {
    mark(event);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    show();
  });
  input.addEventListener("change", show);
}

export function sizeInWords(bytes) {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  const amount = bytes / 1024 ** power;
  return `${amount.toFixed(power && amount < 10 ? 1 : 0)} ${UNITS[power]}`;
}
