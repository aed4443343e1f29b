// The audit trail: who changed what, newest first, filtered, a page more at a time.

import { getJson } from "/static/api.js";
import { attempt } from "/static/dialog.js";
import { byId, element, moment, setText, show } from "/static/page.js";
import { liveTable, renew } from "/static/table.js";

const PAGE = 20;
const MOST = 200;
let shown = PAGE;

/** Read the trail again, as far as it was shown. */
export async function showAudit() {
  await actions();
  const query = new URLSearchParams({ limit: shown });
  for (const name of ["action", "actor", "object"]) {
    const value = byId(`audit-${name}`).value.trim();
    if (value) query.set(name, value);
  }
  const { items, next_cursor: older } = await getJson(`/api/v1/audit?${query}`);
  rows(items);
  show(byId("more"), older !== null && shown < MOST);
  show(byId("audit").querySelector(".empty-hint"), items.length === 0);
  show(byId("audit").querySelector(".scroll"), items.length > 0);
}

async function actions() {
  if (byId("audit-action").options.length > 1) return;
  const { components } = await getJson("/openapi.json");
  byId("audit-action").append(...components.schemas.Action.enum.map((name) => element("option", { text: name })));
}

byId("audit-filter").addEventListener("submit", (event) => {
  event.preventDefault();
  shown = PAGE;
  attempt(showAudit);
});
byId("more").addEventListener("click", () => {
  shown = Math.min(MOST, shown + 3 * PAGE);
  attempt(showAudit);
});

const rows = liveTable(byId("audit").querySelector("tbody"), ({ id }) => id, [
  { fill: (cell, { at }) => renew(cell, at, () => [moment(at)]) },
  { text: ({ actor }) => actor },
  { text: ({ action }) => action },
  { classes: "name", text: ({ object }) => object },
  { text: ({ team }) => team },
  { classes: "text", fill: (cell, { body }) => setText(cell, told(body)) },
]);

function told(body) {
  const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.entries(body).map(([key, value]) => `${key}: ${plain(value)}`).join(", ") || "–";
}
