// Values as tables show them, with their units.

import { bytes, count, milliseconds, percent } from "/static/page.js";

export const METRICS = {
  accuracy: { label: "Accuracy", unit: "", text: percent },
  params: { label: "Params", unit: "", text: count },
  latency_ms: { label: "Latency", unit: "ms", text: milliseconds },
  macs: { label: "MACs", unit: "", text: count },
  size_bytes: { label: "Size", unit: "", text: bytes },
};

/** A cell of a figure's table in words. */
export function cellText(value, { kind, unit }) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (METRICS[kind]) return METRICS[kind].text(value);
  if (kind === "model" || kind === "job") return `…${value.slice(-6)}`;
  if (unit === "share") return percent(value);
  if (typeof value !== "number" || kind) return String(value);
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
}

/** A parameter's value in words. */
export const valueText = (value) =>
  value === undefined ? "not used" : typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value);

/** All of a model's or trial's values in one line. */
export function valuesText(values) {
  return Object.entries(METRICS)
    .filter(([metric]) => values[metric] !== undefined)
    .map(([metric, { label, unit, text }]) => `${label} ${text(values[metric])}${unit && ` ${unit}`}`)
    .join(" · ");
}
