// The front as a scatter: parameters against accuracy, latency as colour, the knee ringed.

/* global Plotly */

import { colour, count, milliseconds, percent } from "/static/page.js";

/** Draw or update the chart in `place`; the viewer's zoom stays. */
export function draw(place, front, trials) {
  const grid = { gridcolor: colour("--line"), linecolor: colour("--line"), zeroline: false };
  const layout = {
    uirevision: location.pathname,
    margin: { l: 60, r: 10, t: 30, b: 55 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("--text"), family: "system-ui, sans-serif" },
    xaxis: { title: { text: "parameters" }, type: "log", ...grid },
    yaxis: { title: { text: "validation accuracy" }, tickformat: ".1%", ...grid },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    hovermode: "closest",
  };
  const traces = [dominated(front, trials, colour("--muted")), members(front), knee(front, colour("--bad"))];
  Plotly.react(place, traces, layout, { responsive: true, displaylogo: false });
}

function dominated(front, trials, colour) {
  const onFront = new Set(front.models.map((model) => model.trial_number));
  const rest = trials.filter((t) => t.values.accuracy !== undefined && !onFront.has(t.number));
  return {
    name: "other trials",
    mode: "markers",
    x: rest.map((trial) => trial.values.params),
    y: rest.map((trial) => trial.values.accuracy),
    text: rest.map((trial) => `trial ${trial.number}<br>${described(trial.values)}`),
    hoverinfo: "text",
    marker: { size: 6, color: colour, opacity: 0.45 },
  };
}

function members(front) {
  const models = front.models;
  return {
    name: "front",
    mode: "markers",
    x: models.map((model) => model.values.params),
    y: models.map((model) => model.values.accuracy),
    text: models.map(label),
    hoverinfo: "text",
    marker: {
      size: 12,
      color: models.map((model) => model.values.latency_ms),
      colorscale: "Viridis",
      colorbar: { title: { text: "latency<br>(ms)" }, thickness: 12 },
      line: { width: 1, color: "#888" },
    },
  };
}

function knee(front, colour) {
  const found = front.models.filter((model) => model.id === front.knee);
  return {
    name: "knee",
    mode: "markers",
    x: found.map((model) => model.values.params),
    y: found.map((model) => model.values.accuracy),
    hoverinfo: "skip",
    marker: { size: 22, symbol: "circle-open", color: colour, line: { width: 3 } },
  };
}

function label(model) {
  const ranks = model.ranks ? ` ${model.ranks.join("×")}` : "";
  return `trial ${model.trial_number} · ${model.head}${ranks}<br>${described(model.values)}`;
}

function described({ accuracy, params, latency_ms: latency }) {
  return `${percent(accuracy)}, ${count(params)} params, ${milliseconds(latency)} ms`;
}
