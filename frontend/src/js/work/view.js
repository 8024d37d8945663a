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
  feedback({ right, known, explanation }) {
    if (right) return this.say(this.sentences.gold_right);
    const words = Object.values(known).map((value) =>
      typeof value === "string" ? value : JSON.stringify(value),
    );
    const answer = this.sentences.gold_wrong.replace("{known}", words.join(", "));
    this.alert([answer, explanation].filter(Boolean).join(" "));
  }

  unsure(isUnsure) {
    this.find("unsure").setAttribute("aria-pressed", isUnsure);
  }

  line(text) {
    this.find("line").textContent = text;
  }
}
