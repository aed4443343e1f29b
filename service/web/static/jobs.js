// The team's jobs, newest first: filtered, a page at a time, by what the address says.

import { ENDED, offer } from "/static/actions.js";
import { getJson } from "/static/api.js";
import { badge, byId, count, distance, element, moment, setText, show } from "/static/page.js";
import { may, run } from "/static/session.js";
import { liveTable, renew } from "/static/table.js";

const PAGE = 50;
const asked = new URLSearchParams(location.search);
const chosen = new Map();
let mayChange = false;
let shown = [];

byId("state").value = asked.get("state") ?? "";
byId("tag").value = asked.get("tag") ?? "";
byId("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign(at({ state: byId("state").value, tag: byId("tag").value.trim() }));
});
byId("state").addEventListener("change", () => byId("filters").requestSubmit());

const turn = run(async (me) => {
  mayChange = may(me, "editor", "jobs");
  show(byId("new"), mayChange);
  const query = new URLSearchParams({ limit: PAGE, ...Object.fromEntries(asked) });
  const { items, next_cursor: older } = await getJson(`/api/v1/jobs?${query}`);
  const filtered = asked.has("state") || asked.has("tag") || asked.has("cursor");
  rows((shown = items));
  show(byId("list"), items.length > 0);
  show(byId("none"), items.length === 0 && filtered);
  show(byId("empty"), items.length === 0 && !filtered);
  const filters = { state: asked.get("state"), tag: asked.get("tag") };
  byId("older").href = at({ ...filters, cursor: older });
  byId("newest").href = at(filters);
  show(byId("older"), older !== null);
  show(byId("newest"), asked.has("cursor"));
  show(byId("pages"), older !== null || asked.has("cursor"));
  return items.length === 0 || items.some((job) => !ENDED.includes(job.state));
}, { hear });

function hear({ event, data }) {
  const place = shown.findIndex(({ id }) => id === data.id);
  if (event === "job.deleted") return place >= 0;
  if (event === "queue.changed") return shown.some((job) => job.queue_position !== null);
  if (event !== "job.changed") return false;
  if (asked.has("state") || asked.has("tag")) return true;
  // Of a page further back nothing but its own jobs matters.
  if (place < 0) return !asked.has("cursor") && (shown.length < PAGE || data.id > shown[0].id);
  shown = shown.with(place, { ...shown[place], ...data });
  rows(shown);
  return false;
}

function at(query) {
  const given = Object.entries(query).filter(([, value]) => value);
  return given.length ? `/?${new URLSearchParams(given)}` : "/";
}

const rows = liveTable(byId("jobs").querySelector("tbody"), (job) => job.id, [
  {
    make: (item) => [chooser(item)],
    fill: (cell, job) => cell.firstChild.setAttribute("aria-label", `Compare ${job.name}`),
  },
  { heading: true, classes: "name", fill: showName },
  {
    fill: (cell, job) =>
      renew(cell, `${job.state} ${job.queue_position}`, () => [
        badge(job.state),
        job.queue_position === null ? "" : ` no. ${job.queue_position}`,
      ]),
  },
  { make: () => [element("progress", { "aria-label": "Trials finished" }), element("span")], fill: showTrials },
  { text: (job) => count(job.front_size), classes: "number" },
  { text: (job) => job.owner },
  { fill: (cell, { created_at: at }) => renew(cell, distance(at), () => [moment(at, distance)]) },
  {
    make: () => [element("div", { classes: "row" }, [element("span", { classes: "row" }), clone()])],
    fill: showActions,
  },
]);

function showName(cell, job) {
  const tags = Object.entries(job.tags).map(([key, value]) => `${key}:${value}`);
  renew(cell, `${job.name} ${tags}`, () => [
    element("a", { text: job.name, href: `/jobs/${job.id}` }),
    ...tags.flatMap((tag) => [" ", element("a", { text: tag, href: at({ tag }), classes: "tag" })]),
  ]);
}

function showTrials(cell, { trials: { finished, total } }) {
  const [bar, text] = cell.children;
  bar.max = total;
  bar.value = finished;
  setText(text, ` ${finished} / ${total}`);
}

const clone = () => element("a", { text: "Clone", classes: "button small" });

function showActions(cell, job) {
  const [place, link] = cell.firstChild.children;
  show(cell.firstChild, mayChange);
  if (!mayChange) return;
  offer(place, job, turn);
  link.href = `/new?clone=${job.id}`;
  link.setAttribute("aria-label", `Clone ${job.name}`);
}

function chooser(item) {
  const box = element("input", { type: "checkbox" });
  box.addEventListener("change", () => {
    if (box.checked) chosen.set(item().id, item().name);
    else chosen.delete(item().id);
    showChosen();
  });
  return box;
}

function showChosen() {
  const enough = chosen.size >= 2;
  byId("compare").href = `/compare?jobs=${[...chosen.keys()].join(",")}`;
  setText(byId("compare"), `Compare ${chosen.size} jobs`);
  show(byId("compare"), enough);
  const names = [...chosen.values()].join(", ");
  setText(byId("chosen"), chosen.size ? `Chosen: ${names}` : "Choose two or more jobs to compare their fronts.");
}
