// One job: its state, its front and its trials.

import { Watched, get, getJson } from "/static/api.js";
import { draw } from "/static/chart.js";
import {
  badge, byId, count, element, milliseconds, percent, show, time,
} from "/static/page.js";
import { run } from "/static/session.js";

const ENDED = ["succeeded", "failed", "cancelled"];
const address = `/api/v1${location.pathname}`;
const watchedFront = new Watched(`${address}/front`);
let front = { models: [], knee: null };
let trials = { items: [], next_cursor: null };

run(async () => {
  const [job, newFront, newTrials] = await Promise.all([
    getJson(address),
    watchedFront.changed(),
    getJson(`${address}/trials?limit=200`),
  ]);
  front = newFront ?? front;
  trials = newTrials;
  showJob(job);
  showTrials();
  if (newFront) showFront();
  redraw();
  return !ENDED.includes(job.state);
});

document.addEventListener("themechange", redraw);

function redraw() {
  show(byId("chart"), front.models.length > 0);
  if (front.models.length > 0) draw(byId("chart"), front, trials.items);
}

function showJob(job) {
  document.title = `${job.name} · tclsearch`;
  byId("name").textContent = job.name;
  byId("state").textContent = job.state;
  byId("state").className = `badge ${job.state}`;
  byId("why").textContent = why(job);
  const { total, finished, running, pruned, failed } = job.trials;
  byId("progress").max = total;
  byId("progress").value = finished;
  byId("counts").textContent =
    `${finished} of ${total} trials finished · ${running} running · ${pruned} stopped early · ${failed} failed`;
  byId("facts").replaceChildren(
    ...facts({
      "Data set": job.spec.dataset.folder ?? job.spec.dataset.name,
      Sampler: job.spec.sampler.name,
      Objectives: job.spec.objectives.map((o) => o.metric ?? o).join(", "),
      "Models on the front": count(job.front_size),
      Hypervolume: job.hypervolume.toPrecision(5),
      Posted: time(job.created_at),
      Started: time(job.started_at),
      Ended: time(job.finished_at),
    }),
  );
}

function why(job) {
  if (job.queue_position !== null) return `no. ${job.queue_position} of the queue`;
  const words = [job.reason?.replaceAll("_", " "), job.detail].filter(Boolean);
  if (job.desired === "cancel" && !ENDED.includes(job.state)) words.unshift("being cancelled");
  return words.join(": ");
}

function facts(given) {
  return Object.entries(given).map(([term, text]) =>
    element("div", {}, [element("dt", { text: term }), element("dd", { text })]),
  );
}

function showFront() {
  const models = front.models.toSorted((a, b) => a.values.params - b.values.params);
  show(byId("front-empty"), models.length === 0);
  show(byId("front"), models.length > 0);
  byId("front").querySelector("tbody").replaceChildren(...models.map(modelRow));
}

function modelRow(model) {
  const { accuracy, params, latency_ms: latency } = model.values;
  const isKnee = model.id === front.knee;
  const download = element("button", { text: "Download", type: "button" });
  download.addEventListener("click", () => save(model, download));
  return element("tr", { classes: isKnee ? "knee" : "" }, [
    element("td", { text: percent(accuracy), classes: "number" }),
    element("td", { text: count(params), classes: "number" }),
    element("td", { text: milliseconds(latency), classes: "number" }),
    element("td", { text: isKnee ? `${model.head} · knee` : model.head }),
    element("td", { text: model.ranks?.join(" × ") ?? "–" }),
    element("td", { text: model.trial_number, classes: "number" }),
    element("td", {}, [download]),
  ]);
}

async function save(model, button) {
  button.disabled = true;
  try {
    const bytes = await (await get(model.checkpoint.url)).blob();
    const url = URL.createObjectURL(bytes);
    element("a", { href: url, download: `${model.id}.safetensors` }).click();
    URL.revokeObjectURL(url);
    button.textContent = "Downloaded";
  } catch (error) {
    button.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

function showTrials() {
  const { items, next_cursor: older } = trials;
  show(byId("trials-empty"), items.length === 0);
  show(byId("trials"), items.length > 0);
  byId("trials").querySelector("tbody").replaceChildren(...items.map(trialRow));
  byId("more").textContent = `The newest ${items.length} are shown; the API has all.`;
  show(byId("more"), older !== null);
}

function trialRow(trial) {
  const { accuracy, params, latency_ms: latency } = trial.values;
  const reason = trial.state === "failed" ? ` ${trial.reason.replaceAll("_", " ")}` : "";
  return element("tr", { title: trial.detail ?? "" }, [
    element("td", { text: trial.number, classes: "number" }),
    element("td", {}, [badge(trial.state), reason]),
    element("td", { text: percent(accuracy), classes: "number" }),
    element("td", { text: count(params), classes: "number" }),
    element("td", { text: milliseconds(latency), classes: "number" }),
    element("td", { text: trial.architecture.head.kind }),
    element("td", { text: duration(trial) }),
  ]);
}

function duration({ started_at: from, finished_at: to }) {
  return from && to ? `${((new Date(to) - new Date(from)) / 1000).toFixed(1)} s` : "–";
}
