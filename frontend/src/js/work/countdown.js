// Show the time left, warn when it gets short, and tell once when it is over.
const TICK_MS = 500;
const WARN_MS = 60_000;
const WARN_SHARE = 0.25;

export class Countdown {
  constructor({ element, now, onWarn, onOver }) {
    Object.assign(this, { element, now, onWarn, onOver });
    this.deadline = null;
    setInterval(() => this.tick(), TICK_MS);
  }

  start(deadline) {
    this.deadline = deadline;
    this.warnMs = Math.min(WARN_MS, (deadline - this.now()) * WARN_SHARE);
    this.warned = false;
    this.tick();
  }

  stop() {
    this.deadline = null;
    this.element.textContent = "";
    this.element.classList.remove("is-short");
  }

  tick() {
    if (this.deadline === null) return;
    const left = this.deadline - this.now();
    this.element.textContent = clock(left);
    this.element.classList.toggle("is-short", left <= this.warnMs);
    if (left <= this.warnMs && !this.warned) {
      this.warned = true;
      this.onWarn();
    }
    if (left <= 0) {
      this.stop();
      this.onOver();
    }
  }
}

export function clock(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const sixties = [Math.floor(seconds / 60) % 60, seconds % 60];
  const parts = sixties.map((count) => String(count).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours ? [hours, ...parts].join(":") : parts.join(":");
}
