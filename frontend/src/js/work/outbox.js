// Keep answers until the server has acknowledged them: one stored item per assignment, sent again
// after a network failure, after a reload, and after signing in again.
import { isPassing, needsSignIn } from "./api.js";

const SENT_MAX = 20;
const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 30_000;

function after(act, ms) {
  setTimeout(act, ms);
}

export class Outbox {
  // `on` is told: accepted(outcome), refused(assignment, problem), waiting(count, signIn).
  constructor({ post, storage, prefix, on, later = after }) {
    Object.assign(this, { post, storage, prefix, on, later });
    this.wait = WAIT_MS_MIN;
    this.sending = false;
  }

  put(answer) {
    const item = { stamp: crypto.randomUUID(), answer };
    this.storage.setItem(this.prefix + answer.assignment, JSON.stringify(item));
    return this.flush();
  }

  has(assignment) {
    return this.storage.getItem(this.prefix + assignment) !== null;
  }

  pending() {
    const keys = Object.keys(this.storage).filter((key) => key.startsWith(this.prefix));
    return keys.map((key) => JSON.parse(this.storage.getItem(key)));
  }

  async flush(sentMax = SENT_MAX) {
    if (this.sending) return;
    this.sending = true;
    const items = this.pending().slice(0, sentMax);
    const outcome = items.length ? await this.send(items) : null;
    this.sending = false;
    if (!outcome) return;
    if (outcome.ok) await this.settle(items, outcome);
    else if (isPassing(outcome) || needsSignIn(outcome)) this.hold(outcome);
    else await this.refuse(items, outcome);
  }

  send(items) {
    return this.post("/answers", { answers: items.map((item) => item.answer) });
  }

  settle(items, { body }) {
    this.wait = WAIT_MS_MIN;
    body.outcomes.forEach((outcome, place) => {
      this.drop(items[place]);
      if (outcome.status === "refused") this.on.refused(outcome.assignment, outcome);
      else this.on.accepted(outcome);
    });
    this.on.waiting(this.pending().length, false);
    return this.flush();
  }

  // One bad answer must not take its neighbours with it: find it by sending one at a time.
  refuse(items, { body }) {
    if (items.length > 1) return this.flush(1);
    this.drop(items[0]);
    this.on.refused(items[0].answer.assignment, body);
    this.on.waiting(this.pending().length, false);
    return this.flush();
  }

  hold(outcome) {
    this.on.waiting(this.pending().length, needsSignIn(outcome));
    this.later(() => this.flush(), this.wait);
    this.wait = Math.min(this.wait * 2, WAIT_MS_MAX);
  }

  // A newer answer to the same assignment may have come in while this one was on its way.
  drop(item) {
    const key = this.prefix + item.answer.assignment;
    const stored = JSON.parse(this.storage.getItem(key));
    if (stored?.stamp === item.stamp) this.storage.removeItem(key);
  }
}
