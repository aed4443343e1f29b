// Up to four trials side by side, and in what they differ.

import { getJson } from "/static/api.js";
import { METRICS, valueText } from "/static/cells.js";
import { badge, element } from "/static/page.js";
import { renew } from "/static/table.js";

/** Fill `place` with a column for each trial; rows in which they differ are marked. */
export async function showChosen(place, address, numbers, link) {
  const found = await Promise.all(
    numbers.map((number) => getJson(`${address}/trials/${number}`).catch(() => null)),
  );
  const trials = found.filter(Boolean);
  const sign = JSON.stringify(trials.map(({ number, state, values, attempts }) => [number, state, values, attempts]));
  renew(place, sign, () => [trials.length ? table(trials, link) : element("p", { text: "No such trial." })]);
}

function table(trials, link) {
  const heads = trials.map(({ number }) =>
    element("th", { scope: "col" }, [element("a", { href: link("trial", number), text: `Trial ${number}` })]),
  );
  const names = new Set(trials.flatMap(({ parameters }) => Object.keys(parameters)));
  const metrics = Object.entries(METRICS).filter(([metric]) => trials.some(({ values }) => metric in values));
  const rows = [
    row("state", trials.map(({ state }) => badge(state))),
    ...metrics.map(([metric, { label, unit, text }]) =>
      row(unit ? `${label} (${unit})` : label, trials.map(({ values }) => text(values[metric]))),
    ),
    ...[...names].map((name) => row(name, trials.map(({ parameters }) => valueText(parameters[name])), trials.length > 1)),
  ];
  return element("table", {}, [
    element("thead", {}, [element("tr", {}, [element("th", { text: "Parameter or metric", scope: "col" }), ...heads])]),
    element("tbody", {}, rows),
  ]);
}

function row(name, cells, compared = false) {
  const differs = compared && new Set(cells).size > 1;
  const head = element("th", { text: name, scope: "row", classes: differs ? "differs" : "" });
  return element("tr", {}, [head, ...cells.map((cell) => element("td", { classes: "number" }, [cell]))]);
}
