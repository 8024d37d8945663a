// Mount parts: for each [data-part="x"] element, load the module x and call its mount(element).
const mounted = new WeakSet();

export function mountParts(root, loaders) {
  const inside = root.querySelectorAll("[data-part]");
  const elements = root.matches?.("[data-part]") ? [root, ...inside] : [...inside];
  for (const element of elements) {
    const load = loaders[element.dataset.part];
    if (load && !mounted.has(element)) {
      mounted.add(element);
      load().then((part) => part.mount(element));
    }
  }
}
