// A document as YAML that people like to read. Reading YAML is the service's work, not the page's.

const PLAIN = /^[A-Za-z]([\w. -]*\w)?$/;
const WORDS = /^(true|false|null)$/i;
// What JSON leaves as it is and YAML does not take.
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;
const WIDTH = 76;

/** The YAML of an object of objects, lists, texts, numbers and truths; short lists on one line. */
export function yaml(document) {
  return `${block(document, "").trimStart()}\n`;
}

function block(value, indent) {
  const entries = Array.isArray(value)
    ? value.map((item) => ["-", item])
    : Object.entries(value).map(([key, item]) => [`${scalar(key)}:`, item]);
  return entries.map(([head, item]) => `\n${indent}${head}${entry(item, indent, head)}`).join("");
}

function entry(item, indent, head) {
  const short = flow(item);
  const fits = isFlat(item) && indent.length + head.length + short.length < WIDTH;
  return fits || !isHolder(item) ? ` ${short}` : block(item, `${indent}  `);
}

function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (!isHolder(value)) return scalar(value);
  const pairs = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${flow(item)}`);
  return `{${pairs.join(", ")}}`;
}

function scalar(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  if (PLAIN.test(value) && !WORDS.test(value)) return value;
  const escaped = (c) => `\\u${c.charCodeAt().toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(UNPRINTABLE, escaped);
}

const isHolder = (value) => typeof value === "object" && value !== null;
const isFlat = (value) => !isHolder(value) || Object.values(value).every((item) => !isHolder(item));
