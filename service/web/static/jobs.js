// The team's jobs, newest first.

import { getJson } from "/static/api.js";
import { badge, byId, count, element, show, time } from "/static/page.js";
import { run } from "/static/session.js";

const ENDED = ["succeeded", "failed", "cancelled"];

run(async () => {
  const { items, next_cursor: older } = await getJson("/api/v1/jobs?limit=100");
  byId("jobs").querySelector("tbody").replaceChildren(...items.map(row));
  show(byId("jobs"), items.length > 0);
  show(byId("empty"), items.length === 0);
  byId("more").textContent = `The newest ${items.length} are shown; the API and tclsearch jobs have all.`;
  show(byId("more"), older !== null);
  return items.length === 0 || items.some((job) => !ENDED.includes(job.state));
});

function row(job) {
  const place = job.queue_position === null ? "" : ` no. ${job.queue_position}`;
  const { finished, total } = job.trials;
  return element("tr", {}, [
    element("td", { classes: "name" }, [element("a", { text: job.name, href: `/jobs/${job.id}` })]),
    element("td", {}, [badge(job.state), place]),
    element("td", {}, [
      element("progress", { value: finished, max: total, "aria-label": "Trials finished" }),
      ` ${finished} / ${total}`,
    ]),
    element("td", { text: count(job.front_size), classes: "number" }),
    element("td", { text: job.owner }),
    element("td", { text: time(job.created_at) }),
  ]);
}
