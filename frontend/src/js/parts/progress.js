// Follow something long: fetch data-url every data-seconds into the element, until data-done.
import htmx from "htmx.org";

const SECONDS_MAX = 60;

export function mount(element) {
  let seconds = Number(element.dataset.seconds || 3);
  let timer = 0;

  function later() {
    timer = setTimeout(look, seconds * 1000);
  }

  async function look() {
    if (!element.isConnected) return;
    const before = element.innerHTML;
    await htmx.ajax("GET", element.dataset.url, { target: element, swap: "innerHTML" });
    if (element.querySelector("[data-done]")) return finish();
    // Nothing new: look less often, as a long job does not move every second.
    const step = element.innerHTML === before ? 1.2 : 1;
    seconds = Math.min(seconds * step, SECONDS_MAX);
    later();
  }

  function finish() {
    if (element.dataset.then) location.assign(element.dataset.then);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden && !element.querySelector("[data-done]")) look();
  });
  later();
}
