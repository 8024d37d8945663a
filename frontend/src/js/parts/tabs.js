// Tabs that do not fit a phone: bring the one that is shown into sight.
export function mount(nav) {
  nav.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
}
