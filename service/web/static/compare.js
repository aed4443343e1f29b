// Several jobs side by side: their fronts, and how much each covers under one reference point.

import { Watched } from "/static/api.js";
import { ENDED } from "/static/actions.js";
import { METRICS } from "/static/cells.js";
import { Chart, fillTable } from "/static/figure.js";
import { badge, byId, count, element, setText, show } from "/static/page.js";
import { run } from "/static/session.js";

const jobs = [...new Set((new URLSearchParams(location.search).get("jobs") ?? "").split(",").filter(Boolean))];
const watched = new Watched(`/api/v1/comparison?${new URLSearchParams(jobs.map((id) => ["job", id]))}`);
const link = (kind, cell, row) =>
  ({ job: `/jobs/${cell}`, model: `/jobs/${row[0]}/models/${cell}` })[kind];
let lively = false;
let chart = null;

run(async () => {
  show(byId("too-few"), jobs.length < 2);
  if (jobs.length < 2) return false;
  const found = await watched.changed();
  if (found) await showAll(found);
  return lively;
}, { fast: 5000, slow: 60_000, hear: ({ event, data }) => event === "job.changed" && jobs.includes(data.id) });

async function showAll({ objectives, reference, jobs: standings, remarks, figure }) {
  lively = standings.some(({ state }) => !ENDED.includes(state));
  show(byId("compared"), true);
  const shared = objectives.map((each) => each.metric ?? each);
  const worst = shared.map((metric) => said(metric, reference[metric])).join(", ");
  setText(
    byId("reference"),
    shared.length
      ? `Hypervolume over ${shared.map((metric) => METRICS[metric].label).join(", ")}, from the shared reference point ${worst}; larger covers more.`
      : "",
  );
  byId("remarks").replaceChildren(...remarks.map((text) => element("li", { text })));
  byId("standings").replaceChildren(table(standings));
  chart ??= new Chart(byId("fronts-chart"), {
    path: () => "",
    lasting: () => jobs.join(),
    name: "Fronts of the jobs",
    choose: ([number, , , job]) => location.assign(`/jobs/${job}/trials/${number}`),
    link,
  });
  chart.table.remove();
  fillTable(byId("best"), figure.table, link, "Best and knee of each job");
  await chart.show(figure);
}

const said = (metric, value) => `${METRICS[metric].label} ${METRICS[metric].text(value)} ${METRICS[metric].unit}`.trim();

function table(standings) {
  const heads = ["Job", "State", "Trials", "Hypervolume", "Models that count"];
  const rows = standings.map((each) =>
    element("tr", {}, [
      element("th", { scope: "row" }, [element("a", { href: `/jobs/${each.job_id}`, text: each.name })]),
      element("td", {}, [badge(each.state)]),
      element("td", { classes: "number", text: count(each.trials_finished) }),
      element("td", { classes: "number", text: each.hypervolume === null ? "–" : each.hypervolume.toPrecision(5) }),
      element("td", { classes: "number", text: count(each.models) }),
    ]),
  );
  const head = heads.map((text, index) => element("th", { text, scope: "col", classes: index > 1 ? "number" : "" }));
  return element("table", {}, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, rows)]);
}
