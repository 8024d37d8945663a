// The review queue by keyboard: decisions wait a few seconds in the page, so that each can be undone,
// and then go to the server together. Without scripts the same form decides by its buttons.
import { ask, watchDigits } from "../work/dialogs.js";
import { makeApi } from "../work/api.js";

const GRACE_MS = 6_000;
const AGAIN_MS = 5_000;

export function mount(form) {
  const { url, csrf, words } = form.dataset;
  const queue = new Queue(form, makeApi("", csrf), url, JSON.parse(words));
  queue.start();
}

class Queue {
  constructor(form, api, url, words) {
    Object.assign(this, { form, api, url, words });
    this.rows = [...form.querySelectorAll(".queue-row")];
    this.rejecting = document.querySelector("#queue-rejecting");
    this.sheet = document.querySelector("#queue-keys");
    this.pending = new Map();
    this.undoable = [];
    this.here = 0;
  }

  start() {
    this.find("bar").hidden = false;
    this.commands = {
      j: () => this.go(1), arrowdown: () => this.go(1), k: () => this.go(-1), arrowup: () => this.go(-1),
      x: () => this.choose(), a: () => this.decide("approve"), r: () => this.reject(),
      u: () => this.undo(), o: () => window.open(this.current.dataset.task), "?": () => ask(this.sheet),
    };
    const named = { undo: "u", keys: "?" };
    watchDigits(this.rejecting);
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.form.addEventListener("click", ({ target }) => {
      const { command } = target.closest("[data-command]")?.dataset ?? {};
      if (command === "agreeing") this.chooseAgreeing();
      else if (command) this.commands[named[command]]();
    });
    this.form.addEventListener("change", () => this.tell());
    addEventListener("pagehide", () => this.flush(true));
    this.mark();
  }

  pressed(event) {
    const isTyping = event.target.closest("textarea, select, input:not([type=checkbox]), dialog");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const command = this.commands[event.key.toLowerCase()];
    if (!command) return;
    event.preventDefault();
    command();
  }

  get open() {
    return this.rows.filter((row) => !("decided" in row.dataset));
  }

  get current() {
    return this.rows[this.here];
  }

  get chosen() {
    const checked = this.open.filter((row) => this.box(row).checked);
    if (checked.length) return checked;
    return this.open.includes(this.current) ? [this.current] : [];
  }

  box(row) {
    return row.querySelector("input[type=checkbox]");
  }

  find(name) {
    return this.form.querySelector(`[data-queue="${name}"]`);
  }

  go(step) {
    let place = this.here + step;
    while (this.rows[place] && !this.open.includes(this.rows[place])) place += step;
    if (this.rows[place]) this.here = place;
    this.mark();
  }

  mark() {
    this.rows.forEach((row) => row.classList.toggle("is-here", row === this.current));
    this.rows.forEach((row) => row.setAttribute("aria-current", row === this.current));
    this.current?.scrollIntoView({ block: "nearest" });
    this.tell();
  }

  choose() {
    if (!this.open.includes(this.current)) return;
    this.box(this.current).checked = !this.box(this.current).checked;
    this.tell();
  }

  chooseAgreeing() {
    this.open.forEach((row) => (this.box(row).checked = "agrees" in row.dataset));
    this.tell();
  }

  async reject() {
    if (!this.chosen.length) return;
    const said = await ask(this.rejecting);
    if (said) this.decide("reject", { reason: said.reason, sentence: said.sentence });
  }

  decide(act, why = {}) {
    const rows = this.chosen;
    if (!rows.length) return;
    const timer = setTimeout(() => this.send(rows), GRACE_MS);
    for (const row of rows) {
      row.dataset.decided = act;
      this.box(row).checked = false;
      this.show(row, act === "approve" ? this.words.approving : this.words.rejecting);
      this.pending.set(row, { assignment: row.dataset.answer, act, ...why });
    }
    this.undoable.push({ rows, timer });
    const next = this.rows.findIndex((row, place) => place >= this.here && this.open.includes(row));
    if (next >= 0) this.here = next;
    this.mark();
  }

  undo() {
    const last = this.undoable.pop();
    if (!last) return;
    clearTimeout(last.timer);
    last.rows.forEach((row) => this.reopen(row));
    this.here = this.rows.indexOf(last.rows[0]);
    this.mark();
  }

  async send(rows) {
    this.undoable = this.undoable.filter((each) => each.rows !== rows);
    const decisions = rows.map((row) => this.pending.get(row)).filter(Boolean);
    this.tell();
    const answer = await this.api.post(this.url, { decisions });
    if (answer.ok) rows.forEach((row, place) => this.settled(row, answer.body.outcomes[place]));
    else if (answer.status === 0 || answer.status >= 500) this.later(rows);
    else rows.forEach((row) => this.reopen(row, answer.body?.detail ?? this.words.refused));
    this.tell();
  }

  later(rows) {
    rows.forEach((row) => this.show(row, this.words.failed));
    setTimeout(() => this.send(rows), AGAIN_MS);
  }

  settled(row, { status, detail }) {
    if (status === "refused") return this.reopen(row, detail);
    this.pending.delete(row);
    this.show(row, this.words[status]);
  }

  reopen(row, sentence = "") {
    this.pending.delete(row);
    delete row.dataset.decided;
    this.show(row, sentence);
  }

  // What waits goes at once when the page is left; the browser sends it after the page is gone.
  flush(isLeaving) {
    this.undoable.splice(0).forEach(({ timer }) => clearTimeout(timer));
    const decisions = [...this.pending.values()];
    if (!decisions.length || !isLeaving) return;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.form.dataset.csrf };
    fetch(this.url, { method: "POST", keepalive: true, headers, body: JSON.stringify({ decisions }) });
    this.pending.clear();
  }

  show(row, words) {
    const cell = row.querySelector("[data-queue=state]");
    const button = cell.querySelector("button");
    if (button) button.hidden = "decided" in row.dataset;
    let note = cell.querySelector("span");
    if (!note) cell.append((note = document.createElement("span")));
    note.textContent = words;
  }

  tell() {
    const checked = this.open.filter((row) => this.box(row).checked).length;
    const [words, count] = checked ? [this.words.chosen, checked] : [this.words.left, this.open.length];
    this.find("count").textContent = words.replace("{count}", count);
    this.find("undo").disabled = !this.undoable.length;
  }
}
