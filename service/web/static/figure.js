// A figure of the API as a chart and as a table: in the viewer's colours, updated where it stands.

import { Watched } from "/static/api.js";
import { METRICS, cellText } from "/static/cells.js";
import { byId, colour, element, setText, show } from "/static/page.js";

const UNMARKED = ["knee", "labels"];
// Large, so that a page reads its figures while the browser still parses it. Sets the global `Plotly`.
const library = import(byId("charts").href).then(() => globalThis.Plotly);

/**
 * The chart of the figure at `path()`, within `place`, which is given all its children.
 * `name` says what it shows. `choose(trial)` is called for a point that is clicked; `chosen()` gives
 * the trials to mark, a Set; `link(kind, cell)` the address of a table's cell, or undefined.
 */
export class Chart {
  #watched = null;
  #figure = null;
  #drawn = false;

  constructor(place, { path, name, choose, chosen = () => new Set(), link = () => undefined, lasting = path }) {
    Object.assign(this, { place, path, name, choose, chosen, link, lasting });
    this.ground = element("div", { classes: "chart", role: "group", "aria-label": name, hidden: true });
    this.message = element("p", { classes: "hint", text: "Reading …" });
    this.notes = element("div", { classes: "hint notes" });
    this.rows = element("div", { classes: "scroll", tabindex: "0", role: "region", "aria-label": `${name}, as a table` });
    this.table = element("details", { hidden: true }, [element("summary", { text: "The same as a table" }), this.rows]);
    this.table.addEventListener("toggle", () => this.#fill());
    place.append(this.message, this.ground, this.notes, this.table);
    document.addEventListener("themechange", () => this.draw());
  }

  get figure() {
    return this.#figure;
  }

  /** Read the figure again if it has changed, and draw it. Raises Problem. */
  async refresh() {
    const path = this.path();
    if (this.#watched?.path !== path) this.#watched = new Watched(path);
    const watched = this.#watched;
    const figure = await watched.changed();
    // Another one may have been asked for meanwhile.
    if (figure !== null && watched === this.#watched) await this.show(figure);
  }

  /** Draw a figure that was read already. */
  async show(figure) {
    this.#figure = figure;
    this.#fill();
    await this.draw();
  }

  async draw() {
    const plotly = await library;
    const figure = this.#figure;
    if (figure === null) return;
    const empty = figure.empty !== null;
    setText(this.message, figure.empty ?? "");
    show(this.message, empty);
    show(this.ground, !empty);
    show(this.table, figure.table.rows.length > 0);
    this.notes.replaceChildren(...figure.notes.map((text) => element("p", { text })));
    if (empty) return;
    const traces = [...figure.data, marked(figure.data, this.chosen())];
    const layout = clothed(figure.layout, this.lasting());
    plotly.react(this.ground, traces, layout, { responsive: true, displaylogo: false });
    if (this.#drawn) return;
    this.#drawn = true;
    this.ground.on("plotly_click", ({ points: [point] }) => {
      if (this.choose && point.customdata) this.choose(point.customdata);
    });
  }

  #fill() {
    if (this.table.open && this.#figure) fillTable(this.rows, this.#figure.table, this.link, this.name);
  }
}

// A size has its unit in each cell.
const metricName = ({ label, unit }) => (unit ? `${label} (${unit})` : label);

/** Give `place` the table of a figure. */
export function fillTable(place, { columns, rows }, link, name) {
  const numeric = columns.map((_, index) => rows.some((row) => typeof row[index] === "number"));
  const heads = columns.map(({ name: text, unit, kind }, index) =>
    element("th", {
      text: METRICS[kind] ? metricName(METRICS[kind]) : unit && unit !== "count" ? `${text} (${unit})` : text.replaceAll("_", " "),
      scope: "col",
      classes: numeric[index] ? "number" : "",
    }),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      row.map((cell, index) => {
        const href = link(columns[index].kind, cell, row);
        const text = cellText(cell, columns[index]);
        const children = href ? [element("a", { href, text })] : [text];
        return element("td", { classes: numeric[index] ? "number" : "" }, children);
      }),
    ),
  );
  place.replaceChildren(
    element("table", { "aria-label": name }, [
      element("thead", {}, [element("tr", {}, heads)]),
      element("tbody", {}, body),
    ]),
  );
}

/** What of the traces belongs to the chosen trials, as one trace above all. */
function marked(traces, chosen) {
  const x = [];
  const y = [];
  let lines = false;
  for (const trace of traces) {
    if (!trace.customdata || UNMARKED.includes(trace.meta?.role) || trace.visible === "legendonly" || trace.type !== "scatter") continue;
    const before = x.length;
    trace.customdata.forEach((about, index) => {
      if (!about || !chosen.has(about[0])) return;
      x.push(trace.x[index]);
      y.push(trace.y[index]);
      if (trace.mode.includes("lines") && !trace.customdata[index + 1]) x.push(null), y.push(null);
    });
    lines ||= x.length > before && trace.mode.includes("lines") && trace.meta?.role !== "rank curve";
    if (x.length > before && x.at(-1) !== null) x.push(null), y.push(null);
  }
  const mark = colour("--text");
  return {
    type: "scatter",
    mode: lines ? "lines+markers" : "markers",
    name: "chosen",
    meta: { role: "chosen" },
    x,
    y,
    hoverinfo: "skip",
    showlegend: x.length > 0,
    line: { color: mark, width: 3 },
    marker: { symbol: "circle-open", size: lines ? 7 : 16, color: mark, line: { width: 2.5 } },
  };
}

/** A layout with the viewer's colours; zoom and hidden traces last while `lasting` is the same. */
function clothed(given, lasting) {
  const line = colour("--line");
  const layout = {
    margin: { l: 62, r: 18, t: 34, b: 56 },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11 } },
    ...given,
    uirevision: lasting,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--text"), family: "system-ui, sans-serif" },
    hoverlabel: { align: "left" },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--muted"), activecolor: colour("--text") },
  };
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
    layout[name] = { gridcolor: line, linecolor: line, zeroline: false, automargin: true, ...layout[name] };
  }
  if (layout.yaxis2) layout.margin.r = 62;
  return layout;
}
