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
  if (!isHolder(item) || indent.length + head.length + short.length < WIDTH && isFlat(item)) return ` ${short}`;
  return block(item, `${indent}  `);
}

function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isHolder(value)) return `{${Object.entries(value).map(([key, item]) => `${scalar(key)}: ${flow(item)}`).join(", ")}}`;
  return scalar(value);
}

function scalar(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  if (PLAIN.test(value) && !WORDS.test(value)) return value;
  return JSON.stringify(value).replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt().toString(16).padStart(4, "0")}`);
}

const isHolder = (value) => typeof value === "object" && value !== null;
const isFlat = (value) => Object.values(value).every((item) => !isHolder(item));
