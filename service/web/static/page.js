// What pages are made of: elements, words for numbers and times, and the notice above everything.

export const byId = (id) => document.getElementById(id);

/** An element with text, classes and attributes (undefined and false: none); text is never markup. */
export function element(tag, { text = "", classes = "", ...attributes } = {}, children = []) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (classes) made.className = classes;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A button that does something; `label` says to what where its text does not. */
export function button(text, onClick, { label, ...attributes } = {}) {
  const made = element("button", { text, type: "button", "aria-label": label, ...attributes });
  made.addEventListener("click", () => onClick(made));
  return made;
}

export function show(node, visible) {
  node.hidden = !visible;
}

export function badge(state) {
  return element("span", { text: words(state), classes: `badge ${state}` });
}

/** A moment in the reader's zone, or as `said` has it; the exact one where one points at it. */
export function moment(at, said = time) {
  if (!at) return element("span", { text: "–" });
  return element("time", { text: said(at), datetime: at, title: exactTime(at) });
}

/**
 * Make `place` have a child for each item, in order, by a key that stays with the item. A child is
 * made once and updated then, so focus, selection and scroll stay where they are.
 * `make(item)` gives an element; `update(element, item)` changes it to what the item says now.
 */
export function reconcile(place, items, key, make, update) {
  const old = new Map([...place.children].map((child) => [child.dataset.key, child]));
  let before = place.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = old.get(name);
    old.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
    }
    update(child, item);
    if (child === before) before = before.nextElementSibling;
    else move(place, child, before);
  }
  for (const child of old.values()) child.remove();
}

function move(place, child, before) {
  const focused = child.contains(document.activeElement) ? document.activeElement : null;
  place.insertBefore(child, before);
  focused?.focus({ preventScroll: true });
}

/** Set a text only when it differs: writing it anew would lose a selection. */
export function setText(node, text) {
  if (node.textContent !== String(text)) node.textContent = text;
}

/** The colour of a custom property, as the present theme has it. */
export function colour(name) {
  const probe = element("span", { style: `color: var(${name})`, hidden: true });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const said = new Map();

/** Say something above the page, for as long as it is so; an empty message takes it back. */
export function say(about, message) {
  if (message) said.set(about, message);
  else said.delete(about);
  // That the page itself cannot be read weighs more than that it is not told of news.
  const shown = said.get("page") ?? [...said.values()][0] ?? "";
  setText(byId("notice"), shown);
  show(byId("notice"), shown !== "");
}

export const words = (name) => name.replaceAll("_", " ");
export const percent = (fraction) => (fraction == null ? "–" : `${(100 * fraction).toFixed(2)} %`);
export const count = (number) => (number == null ? "–" : number.toLocaleString("en"));
export const milliseconds = (ms) => (ms == null ? "–" : ms.toPrecision(3));
export const time = (at) =>
  at ? new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "–";
const exactTime = (at) => new Date(at).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });

/** A number too large to be read digit by digit. */
export function roughly(number) {
  if (number == null) return "–";
  if (number < 1e6) return count(number);
  const [digits, exponent] = number.toExponential(1).split("e+");
  return `${digits} × 10^${exponent}`;
}

/** A span of seconds in its two largest units. */
export function duration(seconds) {
  if (seconds == null) return "–";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const units = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  const [[large, size], [small, step]] = [units[first], units[first + 1] ?? ["s", 1]];
  const rest = Math.floor((seconds % size) / step);
  return `${Math.floor(seconds / size)} ${large}${rest ? ` ${rest} ${small}` : ""}`;
}

const UNITS = [
  ["year", 31_556_952],
  ["month", 2_629_746],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** How far away a moment is, in words: "in 5 minutes", "2 hours ago". */
export function distance(at, now = Date.now()) {
  const seconds = (new Date(at) - now) / 1000;
  const [unit, size] = UNITS.find(([name, length]) => Math.abs(seconds) >= length || name === "second");
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

/** Bytes in binary units. */
export function bytes(number) {
  if (number == null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, number)) / 10));
  return `${step ? (number / 1024 ** step).toPrecision(3) : number} ${units[step]}`;
}
