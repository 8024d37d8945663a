// Count what was done, earned and spent in this sitting, across reloads of the page.
import * as money from "./money.js";

const SECONDS_AN_HOUR = 3600;
const HOURLY_SECONDS_MIN = 30;

export class Tally {
  constructor(storage, key) {
    Object.assign(this, { storage, key });
    const stored = JSON.parse(storage.getItem(key) ?? "{}");
    this.done = stored.done ?? 0;
    this.micros = stored.micros ?? 0;
    this.seconds = stored.seconds ?? 0;
    this.currency = stored.currency ?? "USD";
  }

  // `sign` −1 takes an answer back: it was changed or refused.
  add({ reward, seconds }, sign = 1) {
    this.done += sign;
    this.micros += sign * money.toMicros(reward.amount);
    this.seconds += sign * seconds;
    this.currency = reward.currency;
    const { done, micros, seconds: total, currency } = this;
    this.storage.setItem(this.key, JSON.stringify({ done, micros, seconds: total, currency }));
  }

  // Pay per hour says nothing in the first seconds, so it waits.
  words(sentences) {
    const earned = money.show(this.micros, this.currency, 4);
    const line = `${sentences.done.replace("{count}", this.done)} · ${earned}`;
    if (this.seconds < HOURLY_SECONDS_MIN) return line;
    const hourly = (this.micros * SECONDS_AN_HOUR) / this.seconds;
    return `${line} · ${sentences.hourly.replace("{amount}", money.show(hourly, this.currency))}`;
  }
}
