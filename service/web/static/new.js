// A new job: a form and its YAML, each following the other, checked by dry runs as one types.

import { Problem, getJson, request } from "/static/api.js";
import { toast } from "/static/dialog.js";
import { Field, withValue } from "/static/fields.js";
import { byId, count, distance, element, moment, roughly, setText, show } from "/static/page.js";
import { may, run } from "/static/session.js";
import { groups } from "/static/spec.js";
import { yaml } from "/static/yaml.js";

const PAUSE = 350;
const AGAIN = 30_000;
const BLANK = {
  version: 1,
  name: "untitled",
  dataset: { name: "digits" },
  space: { preset: "tiny" },
  budget: { trials: 24, training_epochs: 6 },
};
const MODES = ["channels", "height", "width"];
const OF_PRESET = ["/space/stem_widths", "/space/stages", ...MODES.map((mode) => `/space/head/ranks/${mode}`)];

const text = byId("yaml");
let spec = null;
let fields = [];
let key = null;
let timer = null;
let checks = 0;

run(async (me) => {
  const mayPost = may(me, "editor", "jobs");
  show(byId("forbidden"), !mayPost);
  if (mayPost && !spec) await begin();
  show(byId("new"), mayPost);
  if (mayPost) await check();
  return false;
}, { slow: AGAIN });

async function begin() {
  const source = new URLSearchParams(location.search).get("clone");
  const [datasets, spaces, samplers, cloned] = await Promise.all([
    getJson("/api/v1/datasets"),
    getJson("/api/v1/spaces"),
    getJson("/api/v1/samplers"),
    source ? getJson(`/api/v1/jobs/${encodeURIComponent(source)}`) : null,
  ]);
  spec = cloned ? { ...bare(cloned.spec), name: `${cloned.name.slice(0, 93)} (copy)` } : BLANK;
  byId("fields").append(...groups(offered(datasets.items, spaces.items, samplers.items)).map(group));
  write();
  for (const field of fields) field.show(spec);
}

const widest = (stages) => Math.max(...stages.flatMap(({ widths }) => widths));

/** What the selections of the form offer, as [value, text, disabled]. */
function offered(datasets, spaces, samplers) {
  const named = datasets.filter(({ folder }) => folder === null);
  const folders = named.length < datasets.length ? [["folder", "folder: named in the YAML"]] : [];
  return {
    datasets: [
      ...named.map(({ name, available }) => [name, available ? name : `${name}: not here yet`, !available]),
      ...folders,
    ],
    // How many parameters that makes depends on the data set; the dry run tells it beside the form.
    presets: spaces.map(({ preset, space: { stages } }) => [preset, `${preset}: ${stages.length} stages, up to ${widest(stages)} channels`]),
    samplers: samplers.map(({ name, description }) => [name, `${name}: ${description.split(":")[0]}`]),
  };
}

function group([title, given]) {
  const made = given.map((each) => new Field(each, (event) => edited(event.currentTarget.field)));
  fields.push(...made);
  return element("fieldset", { classes: "group" }, [
    element("legend", { text: title }),
    element("div", { classes: "fields" }, made.map(({ node }) => node)),
  ]);
}

/** A document without the members that say nothing. */
function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const said = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(said.map(([name, inner]) => [name, bare(inner)]));
}

function edited(field) {
  spec = field.write(spec);
  if (field.pointer === "/space/preset") {
    // A cloned spec has its preset written out, which would outweigh another one.
    spec = OF_PRESET.reduce((document, pointer) => withValue(document, pointer, undefined), spec);
    for (const each of fields) each.show(spec);
  }
  write();
  soon();
}

function write() {
  text.value = yaml(spec);
  key = null;
}

text.addEventListener("input", () => {
  // The form may not overwrite what it has not understood yet.
  byId("fields").disabled = true;
  key = null;
  soon();
});

function soon() {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
}

async function check() {
  const mine = ++checks;
  try {
    const answer = await post({ dryRun: true });
    if (mine !== checks) return;
    follow(answer.document);
    say("valid", "succeeded");
    complain([]);
    tell(answer);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (mine !== checks) return;
    if (error.passing || error.status === 401) return say("not checked: the service does not answer", "");
    say("not valid yet", "failed");
    complain(error.errors.length ? error.errors : [{ pointer: "", message: error.message }]);
    tell(null);
  }
}

async function post({ dryRun = false, headers = {} } = {}) {
  const path = `/api/v1/jobs${dryRun ? "?dry_run=true" : ""}`;
  return (await request(path, { method: "POST", body: text.value, kind: "yaml", headers })).json();
}

/** Let the form have what the YAML was read as. */
function follow(document) {
  if (!byId("fields").disabled) return;
  byId("fields").disabled = false;
  spec = document;
  for (const field of fields) field.show(spec);
}

function say(verdict, state) {
  setText(byId("verdict"), verdict);
  byId("verdict").className = `badge ${state}`;
}

function complain(faults) {
  for (const field of fields) {
    field.complain(faults.filter(({ pointer }) => field.has(pointer, spec)).map(({ message }) => message));
  }
  byId("faults").replaceChildren(
    ...faults.map(({ pointer, message }) =>
      element("li", {}, [element("code", { text: pointer || "the document" }), ` ${message}`]),
    ),
  );
  show(byId("faults"), faults.length > 0);
  text.toggleAttribute("aria-invalid", faults.length > 0);
}

function tell(answer) {
  show(byId("unknown"), !answer);
  show(byId("estimate"), answer !== null);
  byId("post").disabled = !answer?.quota.allowed;
  if (!answer) return;
  const start = answer.estimated_start;
  const told = {
    "Architectures in the space": roughly(answer.space_size),
    "Parameters of one": `${count(answer.params_min)} to ${count(answer.params_max)}`,
    Trials: count(answer.trials),
    Quota: answer.quota.allowed ? "there is room" : answer.quota.reason,
    "Place in the queue": `no. ${answer.queue_position}`,
    "May begin": start ? moment(start, distance) : "not known: no such job has run lately",
  };
  byId("estimate").replaceChildren(
    ...Object.entries(told).map(([term, value]) =>
      element("div", {}, [element("dt", { text: term }), element("dd", {}, [value])]),
    ),
  );
}

byId("new").addEventListener("submit", async (event) => {
  event.preventDefault();
  // The same until something is changed, so that a reply that is lost makes no second job.
  key ??= randomKey();
  byId("post").disabled = true;
  try {
    const job = await post({ headers: { "Idempotency-Key": key } });
    location.assign(`/jobs/${job.id}`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(`Not posted: ${error.message}`, { bad: true });
    complain(error.errors);
    byId("post").disabled = false;
  }
});

function randomKey() {
  // `randomUUID` is there over TLS alone.
  const random = crypto.getRandomValues(new Uint8Array(16));
  return [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
