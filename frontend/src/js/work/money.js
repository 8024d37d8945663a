// Count and show money in whole micros, as the server does: a sum of floats would drift.
const MICROS = 1_000_000;

export function toMicros(amount) {
  const [whole, part = ""] = String(amount).split(".");
  return Number(whole) * MICROS + Number(part.padEnd(6, "0").slice(0, 6));
}

export function show(micros, currency, digitsMax = 2) {
  const format = { style: "currency", currency, maximumFractionDigits: digitsMax };
  const language = document.documentElement.lang || "en";
  return new Intl.NumberFormat(language, format).format(micros / MICROS);
}
