// What there is to run on: nodes, the dispatchers that speak for them, and data sets.

import { getJson } from "/static/api.js";
import { badge, byId, count, distance, element, moment, reconcile, setText, show } from "/static/page.js";
import { run } from "/static/session.js";
import { liveTable, renew } from "/static/table.js";

run(async () => {
  const [cluster, datasets] = await Promise.all([getJson("/api/v1/cluster"), getJson("/api/v1/datasets")]);
  const live = cluster.clusters.filter(({ alive }) => alive);
  const nodes = live.flatMap((each) => each.nodes);
  showSlots(cluster.slots);
  setText(byId("nodes"), count(nodes.length));
  setText(byId("gpus"), count(nodes.reduce((sum, { gpus }) => sum + gpus, 0)));
  setText(byId("alive"), count(cluster.dispatchers.filter(({ alive }) => alive).length));
  show(byId("none"), cluster.dispatchers.length === 0);
  show(byId("dispatchers"), cluster.dispatchers.length > 0);
  reconcile(byId("clusters"), cluster.clusters, ({ name }) => name, makeCluster, showCluster);
  dispatchers(cluster.dispatchers);
  sets(datasets.items);
  show(byId("ray"), cluster.ray_dashboard_url !== null);
  if (cluster.ray_dashboard_url) byId("ray").href = cluster.ray_dashboard_url;
  return true;
}, { fast: 5000, hear });

function hear({ event, data }) {
  if (event === "slots.changed") showSlots(data);
  return event === "cluster.changed";
}

function showSlots({ total, busy }) {
  setText(byId("slots"), `${count(busy)} of ${count(total)}`);
}

const size = ({ image: { channels, height, width } }) =>
  `${height} × ${width} px, ${channels === 1 ? "grey" : "colour"}`;
const some = (number, what) => `${count(number)} ${what}${number === 1 ? "" : "s"}`;
const life = ({ alive }) => badge(alive ? "alive" : "silent");
const heard = {
  fill: (cell, { seen_at: at }) => renew(cell, distance(at), () => [moment(at, distance)]),
};
const state = { fill: (cell, item) => renew(cell, String(item.alive), () => [life(item)]) };

const dispatchers = liveTable(byId("dispatchers").querySelector("tbody"), ({ id }) => id, [
  { heading: true, classes: "name", fill: (cell, { id }) => renew(cell, id, () => [element("code", { text: id })]) },
  { text: ({ cluster }) => cluster, classes: "text" },
  state,
  heard,
]);

const sets = liveTable(byId("datasets").querySelector("tbody"), ({ info }) => info.key, [
  { heading: true, classes: "name", text: ({ name, folder }) => folder ?? name },
  { fill: (cell, { available }) => renew(cell, String(available), () => [badge(available ? "here" : "absent")]) },
  { text: ({ info }) => size(info) },
  { text: ({ info }) => count(info.train_images), classes: "number" },
  { text: ({ info }) => count(info.classes), classes: "number" },
  {
    fill: (cell, { command }) =>
      renew(cell, command ?? "–", () => [command ? element("code", { text: command }) : "–"]),
  },
]);

function makeCluster({ name }) {
  return element("section", { classes: "card", "aria-label": `Cluster ${name}` }, [
    element("h2", {}, [`Cluster ${name} `, element("span")]),
    element("p", { classes: "what" }),
    element("ul", { classes: "nodes" }),
  ]);
}

function showCluster(card, cluster) {
  renew(card.querySelector("h2 span"), String(cluster.alive), () => [life(cluster)]);
  const where = cluster.alive ? "Data sets there: " : "It was left with data sets ";
  setText(card.querySelector(".what"), where + cluster.datasets.join(", "));
  const kinds = Map.groupBy(cluster.nodes, ({ cpus, gpus }) =>
    gpus ? `${some(cpus, "CPU")}, ${some(gpus, "GPU")}` : some(cpus, "CPU"),
  );
  reconcile(
    card.querySelector(".nodes"),
    [...kinds],
    ([kind]) => kind,
    () => element("li"),
    (item, [kind, nodes]) => setText(item, `${some(nodes.length, "node")} with ${kind}`),
  );
}
