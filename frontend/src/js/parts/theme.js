// Toggle between light and dark, and remember the wish.
export function mount(button) {
  const root = document.documentElement;

  function show() {
    button.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
  }

  button.addEventListener("click", () => {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.bsTheme);
    } catch {
      // Without storage the wish lasts as long as the page.
    }
    show();
  });
  show();
  button.hidden = false;
}
