// Show what is asked under the answers so far, and hide the rest; the server judges alike.
const MEETS = new Set(["choice-selected", "region-selected"]);

// `values` maps controls to the classes they name so far; `touched` is the selected mark, if any.
export function apply(root, values, touched) {
  for (const element of root.querySelectorAll("[data-when]")) {
    const conditions = JSON.parse(element.dataset.when);
    element.hidden = !conditions.every((each) => holds(each, values, touched));
  }
  for (const element of root.querySelectorAll("[data-per-region]")) element.hidden = !touched;
}

function holds({ kind, control, values: wanted }, values, touched) {
  const chosen = kind.endsWith("region-selected") ? ofMark(touched, control) : said(values, control);
  const met = wanted.length ? wanted.some((each) => chosen.includes(each)) : chosen.length > 0;
  return MEETS.has(kind) ? met : !met;
}

function ofMark(mark, control) {
  return mark && (!control || mark.control === control) ? [mark.label] : [];
}

function said(values, control) {
  return control ? (values[control] ?? []) : Object.values(values).flat();
}

export function isAsked(element) {
  return !element.closest("[data-when][hidden]");
}
