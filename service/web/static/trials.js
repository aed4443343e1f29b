// The table of all trials: sorted, filtered by state, a page at a time.

import { METRICS } from "/static/cells.js";
import { badge, byId, count, duration, element, setText, show, words } from "/static/page.js";
import { liveTable, renew } from "/static/table.js";

const PAGE = 50;
const COLUMNS = [
  ["number", "No."],
  ["state", "State"],
  ...Object.entries(METRICS).map(([metric, { label, unit }]) => [metric, unit ? `${label} (${unit})` : label]),
  ["head", "Head"],
  ["seconds", "Took"],
];

/** `chosen` is a Set of numbers, which `choose(number)` changes. */
export class TrialsTable {
  #rows = [];
  #page = 0;
  #by = "number";
  #up = false;

  constructor({ link, chosen, choose }) {
    this.chosen = chosen;
    this.#heads();
    this.write = liveTable(byId("trials").querySelector("tbody"), (trial) => trial.number, [
      {
        make: (item) => {
          const box = element("input", { type: "checkbox" });
          box.addEventListener("change", () => choose(item().number));
          return [box];
        },
        fill: (cell, { number }) => {
          cell.firstChild.checked = chosen.has(number);
          cell.firstChild.setAttribute("aria-label", `Choose trial ${number}`);
        },
      },
      {
        heading: true,
        fill: (cell, { number }) =>
          renew(cell, String(number), () => [element("a", { href: link("trial", number), text: number })]),
      },
      { fill: (cell, trial) => renew(cell, `${trial.state} ${trial.reason} ${trial.on}`, () => state(trial)) },
      ...Object.entries(METRICS).map(([metric, { text }]) => ({
        classes: "number",
        text: (trial) => text(trial[metric]),
      })),
      { text: (trial) => trial.head },
      { text: (trial) => duration(trial.seconds) },
    ]);
    byId("trial-state").addEventListener("change", () => this.#turnTo(0));
    byId("before").addEventListener("click", () => this.#turnTo(this.#page - 1));
    byId("after").addEventListener("click", () => this.#turnTo(this.#page + 1));
  }

  /** Take in the columns of the API; `front`: numbers of the trials on the front. */
  fill(columns, front) {
    const { number, state, reason, purpose, subject, attempts, head, seconds, values } = columns;
    this.#rows = number.map((each, i) => ({
      number: each, state: state[i], reason: reason[i], attempts: attempts[i], seconds: seconds[i],
      head: purpose[i] === "search" ? (head[i] ?? "–") : `${purpose[i]} ${subject[i] ?? ""}`,
      on: front.has(each),
      ...Object.fromEntries(Object.keys(METRICS).map((metric) => [metric, values[metric]?.[i] ?? null])),
    }));
    this.show();
  }

  show() {
    const wanted = byId("trial-state").value;
    const rows = this.#rows.filter((row) => !wanted || row.state === wanted).sort(this.#order());
    const pages = Math.max(1, Math.ceil(rows.length / PAGE));
    this.#page = Math.min(Math.max(0, this.#page), pages - 1);
    const from = this.#page * PAGE;
    const shown = rows.slice(from, from + PAGE);
    setText(byId("trials-empty"), this.#rows.length ? `No trial is ${words(wanted)}.` : "No trials yet.");
    show(byId("trials-empty"), rows.length === 0);
    show(byId("trials"), rows.length > 0);
    show(byId("pages"), rows.length > PAGE);
    setText(byId("range"), `${from + 1} to ${from + shown.length} of ${count(rows.length)}`);
    byId("before").disabled = this.#page === 0;
    byId("after").disabled = this.#page === pages - 1;
    this.write(shown);
  }

  #turnTo(page) {
    this.#page = page;
    this.show();
  }

  #heads() {
    const row = byId("trials").querySelector("thead tr");
    row.append(element("th", {}, [element("span", { classes: "visually-hidden", text: "Choose" })]));
    for (const [name, label] of COLUMNS) {
      const press = element("button", { type: "button", text: label });
      const head = element("th", { scope: "col", classes: name in METRICS ? "number" : "" }, [press]);
      press.addEventListener("click", () => {
        this.#up = this.#by === name ? !this.#up : name !== "accuracy" && name !== "number";
        this.#by = name;
        for (const other of row.cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", this.#up ? "ascending" : "descending");
        this.#turnTo(0);
      });
      row.append(head);
    }
  }

  #order() {
    const [by, sign] = [this.#by, this.#up ? 1 : -1];
    return (one, other) => {
      const [a, b] = [one[by], other[by]];
      // What was not measured comes last, whichever way.
      if (a === null || b === null) return (a === null) - (b === null) || other.number - one.number;
      return sign * (a < b ? -1 : a > b ? 1 : 0) || other.number - one.number;
    };
  }
}

function state({ state: name, reason, on }) {
  const told = ["failed", "cancelled"].includes(name) && reason ? ` ${words(reason)}` : "";
  return [badge(name), told, on ? " · on the front" : ""];
}
