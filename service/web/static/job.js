// One job: how it comes along, its front and trials, and what one can do to it.

import { ENDED, offer } from "/static/actions.js";
import { Watched, getJson } from "/static/api.js";
import { METRICS } from "/static/cells.js";
import { Chart, fillTable } from "/static/figure.js";
import { follow } from "/static/events.js";
import { showChosen } from "/static/chosen.js";
import { log } from "/static/log.js";
import { byId, count, duration, element, moment, setText, show, words } from "/static/page.js";
import { saveButton } from "/static/saving.js";
import { may, run } from "/static/session.js";
import { extend, givePoint } from "/static/steering.js";
import { renew } from "/static/table.js";
import { TrialsTable } from "/static/trials.js";

const MOST_CHOSEN = 4;
const MANY = 500;
const address = `/api/v1${location.pathname}`;
const asked = new URLSearchParams(location.search);
const chosen = new Set(asked.getAll("trial").map(Number).filter((number) => Number.isInteger(number) && number >= 0).slice(0, MOST_CHOSEN));
const choices = ["x", "y", "color", "against", "metric"];
const watchedTrials = new Watched(`${address}/trial-table`);
let trials = null;
let job = null;
let stopFollowing = null;
let due = null;

for (const id of ["x", "y", "color"]) {
  const usual = element("option", { value: "", text: "as usual" });
  const metrics = Object.entries(METRICS).map(([value, { label }]) => element("option", { value, text: label }));
  byId(id).append(usual, ...metrics);
}
for (const id of choices) {
  const first = byId(id).options[0].value;
  byId(id).value = asked.get(id) ?? first;
  if (byId(id).selectedIndex < 0) byId(id).value = first;
  byId(id).addEventListener("change", () => {
    remember();
    turn();
  });
}
byId("axes").addEventListener("submit", (event) => event.preventDefault());

const link = (kind, cell) =>
  ({ trial: `${location.pathname}/trials/${cell}`, model: `${location.pathname}/models/${cell}` })[kind];
const query = (names, trialsToo) => {
  const given = names.filter((id) => byId(id).value).map((id) => [id, byId(id).value]);
  if (trialsToo) given.push(...[...chosen].map((number) => ["trial", number]));
  return given.length ? `?${new URLSearchParams(given)}` : "";
};
const figure = (name, choicesOf = [], trialsToo = false) => ({
  path: () => `${address}/figures/${name}${query(choicesOf, trialsToo)}`,
  lasting: () => `${name}${query(choicesOf)}`,
  chosen: () => chosen,
  choose: ([number]) => choose(number),
  link,
});
const front = new Chart(byId("front-chart"), { name: "Front", ...figure("front", ["x", "y", "color"]) });
// The table beside it says the same.
front.table.remove();
const others = [
  new Chart(byId("hypervolume-chart"), { name: "Hypervolume", ...figure("hypervolume", ["against"]), choose: null }),
  new Chart(byId("curves-chart"), { name: "Learning curves", ...figure("curves", ["metric"], true) }),
  new Chart(byId("parallel-chart"), { name: "Parallel coordinates", ...figure("parallel", [], true) }),
  new Chart(byId("importances-chart"), { name: "Importance of the parameters", ...figure("importances"), choose: null }),
];
const seen = new Set();
const eye = new IntersectionObserver(
  (entries) => {
    const came = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
    for (const place of came) seen.add(place);
    if (came.length) turn();
  },
  { rootMargin: "300px" },
);
for (const { place } of others) eye.observe(place);

const table = new TrialsTable({ link, chosen, choose });

byId("choose-none").addEventListener("click", () => {
  chosen.clear();
  redraw();
});

const turn = run(
  async (me) => {
    await Promise.all([readJob(me), front.refresh()]);
    showFront();
    const newTrials = await watchedTrials.changed();
    trials = newTrials ?? trials;
    table.fill(trials, onFront());
    listen();
    const looked = others.filter((chart) => seen.has(chart.place));
    await Promise.all([compare(), ...looked.map((chart) => chart.refresh())]);
    return !ENDED.includes(job.state);
  },
  { fast: 10_000, slow: 60_000 },
);

function listen() {
  // Only once: the stream goes on by itself, and what was before is in the table.
  stopFollowing ??= follow(`${address}/events`, {
    after: Math.max(0, trials.events - 30),
    onOpen: () => show(byId("live"), true),
    onLost: () => show(byId("live"), false),
    onEvent: (event) => {
      log(byId("events"), event);
      soon();
    },
    onEnd() {
      show(byId("live"), false);
      soon();
    },
  });
}

/** Read again, but not for each of many events. */
function soon() {
  const wait = trials.number.length > MANY ? 5000 : 1200;
  due ??= setTimeout(() => {
    due = null;
    turn();
  }, wait);
}

function choose(number) {
  if (chosen.has(number)) chosen.delete(number);
  else chosen.add(number);
  // The one chosen first gives way.
  if (chosen.size > MOST_CHOSEN) chosen.delete(chosen.values().next().value);
  redraw();
}

function redraw() {
  remember();
  front.draw();
  table.show();
  turn();
}

function remember() {
  const now = new URLSearchParams(query(choices, true));
  if (now.get("against") === "trials") now.delete("against");
  if (now.get("metric") === "accuracy") now.delete("metric");
  const text = now.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}

function onFront() {
  return new Set(front.figure?.table.rows.map(([number]) => number));
}

async function compare() {
  show(byId("chosen"), chosen.size > 0);
  if (chosen.size) await showChosen(byId("side-by-side"), address, [...chosen], link);
}

async function readJob(me) {
  job = await getJson(address);
  const mayChange = may(me, "editor", "jobs");
  document.title = `${job.name} · tclsearch`;
  setText(byId("name"), job.name);
  renew(byId("state"), job.state, () => [words(job.state)]);
  byId("state").className = `badge ${job.state}`;
  setText(byId("why"), why());
  const { total, finished, running, pruned, failed } = job.trials;
  byId("progress").max = total;
  byId("progress").value = finished;
  setText(
    byId("counts"),
    `${finished} of ${total} trials finished · ${running} running · ${pruned} stopped early · ${failed} failed`,
  );
  showRemaining();
  byId("clone").href = `/new?clone=${job.id}`;
  if (mayChange) offer(byId("commands"), job, (now) => (now === null ? location.assign("/") : turn()));
  show(byId("extend"), mayChange);
  show(byId("point"), mayChange && !ENDED.includes(job.state));
  renew(byId("facts"), JSON.stringify([job.hypervolume, job.front_size, job.started_at, job.finished_at]), facts);
}

async function showRemaining() {
  if (ENDED.includes(job.state)) return setText(byId("remaining"), `ended ${words(job.state)}`);
  const { remaining_seconds: left } = await getJson(`${address}/outlook`).catch(() => ({ remaining_seconds: null }));
  setText(byId("remaining"), left === null ? "remaining time unknown" : `about ${duration(left)} of running left`);
}

function why() {
  if (job.queue_position !== null) return `no. ${job.queue_position} of the queue`;
  const said = [job.reason && words(job.reason), job.detail].filter(Boolean);
  const wish = { cancel: "being cancelled", pause: "being paused" }[job.desired];
  if (wish && !ENDED.includes(job.state) && job.state !== "paused") said.unshift(wish);
  return said.join(": ");
}

function facts() {
  const given = {
    "Data set": job.spec.dataset.folder ?? job.spec.dataset.name,
    Sampler: job.spec.sampler.name,
    Objectives: job.spec.objectives.map((objective) => METRICS[objective.metric ?? objective].label).join(", "),
    "Models on the front": count(job.front_size),
    Hypervolume: job.hypervolume.toPrecision(5),
    Posted: moment(job.created_at),
    Started: moment(job.started_at),
    Ended: moment(job.finished_at),
  };
  return Object.entries(given).map(([term, said]) =>
    element("div", {}, [element("dt", { text: term }), element("dd", {}, [said])]),
  );
}

function showFront() {
  const { table: rows } = front.figure;
  renew(byId("front"), JSON.stringify(rows.rows), () => {
    fillTable(byId("front"), rows, link, "Models on the front");
    const knee = rows.columns.findIndex(({ name }) => name === "knee");
    for (const [index, row] of [...byId("front").querySelectorAll("tbody tr")].entries()) {
      row.classList.toggle("knee", rows.rows[index][knee]);
      const id = rows.rows[index][1];
      row.cells[1].replaceChildren(
        element("a", { href: link("model", id), text: "model" }),
        " ",
        saveButton("Download", `${address}/models/${id}/checkpoint`, `${id}.safetensors`, {
          label: `Download the checkpoint of trial ${rows.rows[index][0]}`,
        }),
      );
    }
    return [...byId("front").children];
  });
  renew(byId("exports"), String(rows.rows.length > 0), () =>
    rows.rows.length
      ? [saveButton("Front as CSV", `${address}/front`, `${job.id}-front.csv`, { headers: { Accept: "text/csv" } })]
      : [],
  );
}

byId("extend").addEventListener("click", () => extend(job, turn));
byId("point").addEventListener("click", () => givePoint(job, chosen, turn));
