// Who runs, who waits and why; what is urgent goes first.

import { offer, priorityButtons, showPriority } from "/static/actions.js";
import { getJson } from "/static/api.js";
import { badge, byId, count, distance, element, moment, setText, show } from "/static/page.js";
import { may, run } from "/static/session.js";
import { liveTable, renew } from "/static/table.js";

const FEW = 100;
let limit = FEW;
let mayChange = false;
let running = [];
let paused = [];

const turn = run(async (me) => {
  mayChange = may(me, "editor", "jobs");
  const [queue, others] = await Promise.all([
    getJson(`/api/v1/queue?limit=${limit}`),
    getJson(`/api/v1/jobs?state=paused&limit=${FEW}`),
  ]);
  showSlots(queue);
  running = queue.running.map(asJob);
  paused = others.items;
  fill("running", running, running.length);
  fill("queued", queue.queued.map((job) => asJob({ ...job, state: "queued" })), queue.queued_total);
  fill("paused", paused, others.next_cursor ? `${FEW} or more` : paused.length);
  show(byId("idle"), running.length + queue.queued.length + paused.length === 0);
  show(byId("all"), queue.queued.length < queue.queued_total);
  show(byId("stuck"), queue.queued.some((job) => job.why === "no_dispatcher"));
  return true;
}, { fast: 3000, hear });

function hear({ event, data }) {
  if (event === "slots.changed") showSlots({ slots: data });
  if (event === "queue.changed" || event === "job.deleted") return true;
  if (event !== "job.changed") return false;
  const runs = running.find(({ id, state }) => id === data.id && state === data.state);
  const rests = paused.find(({ id }) => id === data.id && data.state === "paused");
  // What only goes on where it is takes no other look at the queue.
  if (runs) {
    const { desired, priority, trials } = data;
    Object.assign(runs, { desired, priority, trials_running: trials.running });
    tables.running(running);
  }
  if (rests) {
    Object.assign(rests, data);
    tables.paused(paused);
  }
  return !runs && !rests;
}

byId("all").addEventListener("click", () => {
  limit = 10_000;
  turn();
});

const asJob = (entry) => ({ ...entry, id: entry.job_id });

function showSlots({ slots: { total, busy } }) {
  setText(byId("slots"), `${count(busy)} of ${count(total)} ${total === 1 ? "slot" : "slots"} busy`);
  byId("load").max = Math.max(1, total);
  byId("load").value = busy;
}

const name = {
  heading: true,
  classes: "name",
  fill: (cell, job) =>
    renew(cell, job.name, () => [element("a", { text: job.name, href: `/jobs/${job.id}` })]),
};
const owner = { text: (job) => job.owner };
const priority = {
  make: (item) => [element("div", { classes: "row" }, priorityButtons(item, turn))],
  fill(cell, job) {
    showPriority(cell, job);
    for (const each of cell.querySelectorAll("button")) show(each, mayChange);
  },
};
const actions = {
  make: () => [element("div", { classes: "row" })],
  fill: (cell, job) => mayChange && offer(cell.firstElementChild, job, turn),
};
const when = (cell, at) => renew(cell, at ? distance(at) : "–", () => [moment(at, distance)]);

const tables = {
  running: table("running", [
    name,
    { fill: (cell, job) => renew(cell, `${job.state} ${job.desired}`, () => [badge(job.state), wish(job)]) },
    owner,
    priority,
    { text: (job) => job.slots, classes: "number" },
    { text: (job) => job.trials_running, classes: "number" },
    { fill: (cell, job) => when(cell, job.started_at) },
    actions,
  ]),
  queued: table("queued", [
    { text: (job) => job.position, classes: "number" },
    name,
    owner,
    priority,
    { text: (job) => job.reason, classes: "text" },
    { fill: (cell, job) => when(cell, job.estimated_start) },
    actions,
  ]),
  paused: table("paused", [
    name,
    owner,
    priority,
    { text: (job) => `${job.trials.finished} / ${job.trials.total}` },
    actions,
  ]),
};

function table(id, columns) {
  return liveTable(byId(id).querySelector("tbody"), (job) => job.id, columns);
}

function fill(id, jobs, total) {
  tables[id](jobs);
  show(byId(id), jobs.length > 0);
  setText(byId(id).querySelector(".count"), `(${total})`);
}

function wish({ desired }) {
  return { pause: " · to be paused", cancel: " · to be cancelled" }[desired] ?? "";
}
