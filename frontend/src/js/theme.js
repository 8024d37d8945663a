// Choose light or dark before the first paint: the stored wish, else what the system asks for.
// Loaded as a small blocking script, so it must import nothing.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // Storage may be forbidden; the system's wish then holds.
    }
  }

  function apply() {
    root.dataset.bsTheme = stored() ?? (system.matches ? "dark" : "light");
  }

  apply();
  system.addEventListener("change", apply);
})();
