// Keep what is not handed in yet: written every time it changes, gone once it is handed in.
const DELAY_MS = 400;
const AGE_MS_MAX = 7 * 86_400_000;

export class Drafts {
  constructor(storage, prefix, now = Date.now) {
    Object.assign(this, { storage, prefix, now });
    this.timer = null;
    this.sweep();
  }

  read(assignment) {
    const text = this.storage.getItem(this.prefix + assignment);
    return text ? JSON.parse(text).draft : null;
  }

  // `make` is called once things calm down: a drag changes a shape many times a second.
  later(assignment, make) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(assignment, make()), DELAY_MS);
  }

  write(assignment, draft) {
    try {
      this.storage.setItem(this.prefix + assignment, JSON.stringify({ at: this.now(), draft }));
    } catch {
      // A full storage must not stop the work: the answer itself still goes to the server.
    }
  }

  drop(assignment) {
    clearTimeout(this.timer);
    this.storage.removeItem(this.prefix + assignment);
  }

  sweep() {
    for (const key of Object.keys(this.storage)) {
      if (!key.startsWith(this.prefix)) continue;
      const { at } = JSON.parse(this.storage.getItem(key));
      if (this.now() - at > AGE_MS_MAX) this.storage.removeItem(key);
    }
  }
}
