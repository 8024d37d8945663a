// Show the work page's changing pieces; the server rendered them, this only fills and hides them.
const NOTICE_MS = 6_000;
const ALERT_MS = 20_000;

export class View {
  constructor(section) {
    this.section = section;
    this.sentences = JSON.parse(section.dataset.sentences);
    this.form = this.find("form");
    this.body = this.find("task");
    this.timers = {};
    // We say what is missing ourselves: the browser's bubble would point at a hidden radio button.
    this.form.noValidate = true;
    // What only scripts can do stays hidden until they run.
    section.querySelectorAll("[data-scripted]").forEach((element) => (element.hidden = false));
  }

  find(name) {
    return this.section.querySelector(`[data-work="${name}"]`);
  }

  show(claim) {
    this.mode("task");
    this.body.replaceChildren(claim.body);
    this.section.classList.toggle("is-revisit", Boolean(claim.counted));
    this.body.focus({ preventScroll: true });
    if (this.section.getBoundingClientRect().top < 0) this.section.scrollIntoView();
  }

  empty({ title, detail, status } = {}) {
    const offline = status === 0 ? this.sentences.offline : null;
    this.find("empty-title").textContent = title ?? this.sentences.empty_title;
    this.find("empty-detail").textContent = offline ?? detail ?? this.sentences.empty_detail;
    this.mode("empty");
  }

  mode(name) {
    this.form.hidden = name !== "task";
    this.find("empty").hidden = name !== "empty";
    this.find("loading").hidden = name !== "loading";
  }

  // Told politely: advice and confirmations.
  say(text) {
    this.tell("notice", text, NOTICE_MS);
  }

  // Told at once, and shown longer: something did not work.
  alert(text) {
    this.tell("alert", text, ALERT_MS);
  }

  tell(name, text, shownMs) {
    const element = this.find(name);
    element.textContent = text;
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => (element.textContent = ""), shownMs);
  }

  problem(problem) {
    this.alert(problem?.detail ?? problem?.title ?? this.sentences.failed);
  }

  // Some jobs tell at once how a check was answered: the known answer and why.
  feedback({ right, known, explanation }, assignment) {
    if (right) return this.say(this.sentences.gold_right);
    const words = Object.values(known).map(inWords);
    const answer = this.sentences.gold_wrong.replace("{known}", words.join(", "));
    this.alert([answer, explanation].filter(Boolean).join(" "));
    if (Object.values(known).some((value) => typeof value === "object")) this.lead(assignment);
  }

  // Marks are better seen than told.
  lead(assignment) {
    const link = document.createElement("a");
    Object.assign(link, { href: `/answers/${assignment}`, target: "_blank", textContent: this.sentences.see_drawn });
    this.find("alert").append(" ", link);
  }

  unsure(isUnsure) {
    this.find("unsure").setAttribute("aria-pressed", isUnsure);
  }

  line(text) {
    this.find("line").textContent = text;
  }
}

// A value of any kind in a few words: marks are counted by class.
function inWords(value) {
  if (typeof value !== "object") return String(value);
  const counts = new Map();
  for (const each of [value].flat()) {
    const name = each?.class ?? String(each);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count > 1 ? `${count} × ${name}` : name)).join(", ");
}
