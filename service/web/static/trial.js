// One trial: what it trained, how that went, and what came of it.

import { getJson } from "/static/api.js";
import { drawParts } from "/static/architecture.js";
import { METRICS, valueText } from "/static/cells.js";
import { Chart } from "/static/figure.js";
import { byId, element, moment, setText, show, words } from "/static/page.js";
import { run } from "/static/session.js";
import { renew } from "/static/table.js";

const [, , jobId, , number] = location.pathname.split("/");
const job = `/jobs/${jobId}`;
const address = `/api/v1${location.pathname}`;
const LIVELY = ["reserved", "running", "suspended"];

let lively = true;

byId("job").href = `${job}?trial=${number}`;
const link = (kind, cell) => ({ trial: `${job}/trials/${cell}`, model: `${job}/models/${cell}` })[kind];
const charts = Object.entries({ curve: "Learning curve", latency: "Latency", ranks: "Models by their ranks" }).map(
  ([figure, name]) =>
    new Chart(byId(`${figure}-chart`), {
      path: () => `${address}/figures/${figure}`,
      name,
      link,
      choose: figure === "ranks" ? ([, model]) => location.assign(link("model", model)) : null,
    }),
);

run(async () => {
  const trial = await getJson(address);
  showTrial(trial);
  await Promise.all(charts.map((chart) => chart.refresh()));
  lively = LIVELY.includes(trial.state);
  return lively;
}, { hear: ({ event, data }) => lively && event === "job.changed" && data.id === jobId });

function showTrial(trial) {
  document.title = `Trial ${trial.number} · tclsearch`;
  setText(byId("name"), trial.baseline ? `Trial ${trial.number}: ${trial.baseline}` : `Trial ${trial.number}`);
  setText(byId("state"), words(trial.state));
  byId("state").className = `badge ${trial.state}`;
  setText(byId("why"), [trial.reason && words(trial.reason), trial.detail].filter(Boolean).join(": "));
  renew(byId("facts"), JSON.stringify([trial.values, trial.attempts, trial.finished_at, trial.started_at]), () =>
    definitions({
      ...Object.fromEntries(
        Object.entries(METRICS)
          .filter(([metric]) => metric in trial.values)
          .map(([metric, { label, unit, text }]) => [unit ? `${label} (${unit})` : label, text(trial.values[metric])]),
      ),
      Attempts: trial.attempts,
      Started: moment(trial.started_at),
      Ended: moment(trial.finished_at),
    }),
  );
  show(byId("no-parts"), trial.parts.length === 0);
  if (!byId("architecture").children.length) drawParts(byId("architecture"), trial);
  show(byId("no-models"), trial.models.length === 0);
  renew(byId("models"), JSON.stringify(trial.models.map(({ id, on_front: on }) => [id, on])), () =>
    trial.models.length ? [models(trial.models)] : [],
  );
  renew(byId("parameters"), JSON.stringify(trial.parameters), () =>
    definitions(Object.fromEntries(Object.entries(trial.parameters).map(([name, value]) => [name, valueText(value)]))),
  );
}

function models(found) {
  const metrics = Object.entries(METRICS);
  const heads = ["Model", "Head", ...metrics.map(([, { label, unit }]) => (unit ? `${label} (${unit})` : label)), "On the front"];
  const rows = found.map((model) =>
    element("tr", {}, [
      element("td", {}, [element("a", { href: link("model", model.id), text: model.ranks?.join(" × ") ?? "model" })]),
      element("td", { text: model.head }),
      ...metrics.map(([metric, { text }]) => element("td", { classes: "number", text: text(model.values[metric]) })),
      element("td", { text: model.on_front ? "yes" : model.feasible ? "no" : "no: it breaks a constraint" }),
    ]),
  );
  const head = element("tr", {}, heads.map((text, index) =>
    element("th", { text, scope: "col", classes: index > 1 && index < heads.length - 1 ? "number" : "" })));
  return element("table", {}, [element("thead", {}, [head]), element("tbody", {}, rows)]);
}

function definitions(given) {
  return Object.entries(given).map(([term, said]) =>
    element("div", {}, [element("dt", { text: term }), element("dd", {}, [said])]),
  );
}
