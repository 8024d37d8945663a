// Hold claims ahead of the person, each with its body built, its media and its widgets already loading.
import { preload } from "../task/sheet.js";

const SPARE_MS = 3_000;

export class Queue {
  constructor({ api, job, ahead, now }) {
    Object.assign(this, { api, ahead, now });
    this.path = `/jobs/${job}/claims`;
    this.claims = [];
    this.known = new Set();
    this.refilling = null;
    this.resumed = false;
  }

  // The first claim comes with the page, as the form the server rendered.
  adopt(claim) {
    this.known.add(claim.id);
    this.claims.push(claim);
  }

  putBack(claim) {
    this.claims.unshift(claim);
  }

  // A claim about to lapse is not worth showing: the server takes it back by itself.
  next() {
    this.claims = this.claims.filter((claim) => claim.deadline - this.now() > SPARE_MS);
    return this.claims.shift();
  }

  // Ask for what is missing; resolves to {title, detail} that explain an empty reply, or to null.
  refill() {
    this.refilling ??= this.ask().finally(() => (this.refilling = null));
    return this.refilling;
  }

  async ask() {
    await this.resume();
    const count = this.ahead - this.claims.length;
    if (count <= 0) return null;
    const { ok, status, body } = await this.api.post(this.path, { count });
    if (!ok) return body ?? { status };
    this.add(body.claims);
    return body.claims.length ? null : { detail: body.reason?.sentence };
  }

  // After a reload this person still holds what was fetched ahead: that comes first.
  async resume() {
    if (this.resumed) return;
    const { ok, body } = await this.api.get(this.path);
    if (ok) this.add(body.claims);
    this.resumed = ok;
  }

  add(claims) {
    for (const claim of claims) if (!this.known.has(claim.id)) this.adopt(prepare(claim));
  }
}

// Images inside an element that is not in the page are fetched at once, so showing it is instant.
function prepare({ id, deadline_at, reward, html }) {
  const body = document.createElement("div");
  body.innerHTML = html; // Rendered and sanitised by our server; the policy runs no inline script.
  preload(body);
  return { id, reward, body, deadline: Date.parse(deadline_at), seconds: 0 };
}
