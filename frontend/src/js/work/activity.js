// Measure active seconds: the page is visible and something was touched in the last half minute.
export const IDLE_SECONDS = 30;
const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"];

export class Activity {
  constructor(now = () => performance.now() / 1000) {
    this.now = now;
    this.visible = true;
    this.restart(0);
  }

  // Begin a new measure; `seconds` is what was measured on an earlier visit.
  restart(seconds) {
    this.counted = seconds;
    this.from = this.touched = this.now();
  }

  touch() {
    this.count();
    this.touched = this.now();
  }

  show(visible) {
    this.count();
    this.visible = visible;
    if (visible) this.touched = this.now();
  }

  get seconds() {
    this.count();
    return Math.round(this.counted * 10) / 10;
  }

  count() {
    const now = this.now();
    const until = Math.min(now, this.touched + IDLE_SECONDS);
    if (this.visible) this.counted += Math.max(0, until - this.from);
    this.from = now;
  }

  watch(page = document) {
    for (const name of INPUTS) {
      page.addEventListener(name, () => this.touch(), { passive: true, capture: true });
    }
    page.addEventListener("visibilitychange", () => this.show(!page.hidden));
    this.show(!page.hidden);
  }
}
