// A team: who belongs to it, what opens it, how much it may take up, and who changed what.

import { getAll, send } from "/static/api.js";
import { showAudit } from "/static/audit.js";
import { attempt, confirmed, toast } from "/static/dialog.js";
import { onSubmit } from "/static/forms.js";
import { button, byId, bytes, count, distance, element, moment, setText, show } from "/static/page.js";
import { showOnce } from "/static/secret.js";
import { may, run } from "/static/session.js";
import { liveTable, renew } from "/static/table.js";

const ROLES = ["viewer", "editor", "admin"];
const EVERY_TEAM = "default";
let team = null;
let me = null;
let limits = null;

const turn = run(async (caller) => {
  me = caller;
  team ??= caller.team;
  introduce();
  const administers = may(caller, "admin", "access");
  show(byId("not-mine"), !administers);
  if (administers) await administer();
  show(byId("administration"), administers);
  return false;
}, { hear: ({ event }) => event === "team.changed" || event === "queue.changed" });

function introduce() {
  setText(byId("name"), team);
  setText(byId("my-name"), me.name);
  setText(byId("my-team"), me.team);
  setText(byId("my-role"), me.role);
  setText(byId("my-scopes"), me.scopes === null ? "all that its role may" : me.scopes.join(", "));
}

async function administer() {
  const asked = team;
  const [teams, members, tokens] = await Promise.all([
    getAll("/api/v1/teams"),
    getAll(`/api/v1/teams/${encodeURIComponent(team)}/members`),
    getAll("/api/v1/tokens"),
    showAudit(),
  ]);
  if (asked !== team) return;
  showTeams(teams);
  fill("members", members);
  fill("tokens", tokens.filter((token) => token.team === team));
  showQuotas(teams.find(({ name }) => name === team));
  choices(byId("token-member"), ["nobody in particular", ...members.map(({ name }) => name)]);
}

function showTeams(teams) {
  choices(byId("team"), teams.map(({ name }) => name));
  byId("team").value = team;
  show(byId("choice"), teams.length > 1);
  show(byId("new-team"), me.team === EVERY_TEAM);
}

function choices(select, names) {
  const chosen = select.value;
  renew(select, JSON.stringify(names), () => names.map((name) => element("option", { text: name })));
  if (names.includes(chosen)) select.value = chosen;
}

function fill(id, items) {
  tables[id](items);
  setText(byId(id).querySelector(".count"), `(${items.length})`);
  show(byId(id).querySelector(".empty-hint"), items.length === 0);
  show(byId(id).querySelector(".scroll"), items.length > 0);
}

byId("team").addEventListener("change", () => {
  team = byId("team").value;
  byId("quota-form").dataset.touched = "";
  turn();
});

const command = (text, done) => ({
  make: (item) => [button(text, () => done(item()), { class: "small" })],
  fill: (cell, { name }) => cell.firstChild.setAttribute("aria-label", `${text} ${name}`),
});
const day = (at, otherwise) => ({
  fill(cell, item) {
    const when = at(item);
    renew(cell, when ? distance(when) : "", () => [when ? moment(when, distance) : otherwise]);
  },
});

const tables = {
  members: liveTable(body("members"), ({ team: of, name }) => `${of}/${name}`, [
    { heading: true, classes: "name", text: ({ name }) => name },
    { make: (item) => [roleOf(item)], fill: showRole },
    day(({ created_at: at }) => at, "–"),
    command("Remove", removeMember),
  ]),
  tokens: liveTable(body("tokens"), ({ id }) => id, [
    { heading: true, classes: "name", text: ({ id, name }) => (id === me.token_id ? `${name} (yours)` : name) },
    { text: ({ member }) => member ?? "–", classes: "text" },
    { text: ({ role }) => role },
    { text: ({ scopes }) => scopes?.join(", ") ?? "all" },
    day(({ created_at: at }) => at, "–"),
    day(({ expires_at: at }) => at, "when revoked"),
    command("Revoke", revokeToken),
  ]),
};

function body(id) {
  return byId(id).querySelector("tbody");
}

function roleOf(item) {
  const select = element("select", {}, ROLES.map((role) => element("option", { text: role })));
  select.addEventListener("change", async () => {
    const { name, role: before } = item();
    const set = async (role) => {
      await send("PATCH", member(name), { role });
      turn();
    };
    // The page may be read again before this is done, and shows the old one until then.
    const wanted = select.value;
    const done = await attempt(async () => {
      await set(wanted);
      toast(`${name} is ${wanted} now.`, { undo: () => set(before) });
    });
    if (!done) select.value = before;
  });
  return select;
}

function showRole(cell, { name, role }) {
  const select = cell.firstChild;
  select.setAttribute("aria-label", `Role of ${name}`);
  if (select !== document.activeElement) select.value = role;
}

const member = (name) => `/api/v1/teams/${encodeURIComponent(team)}/members/${encodeURIComponent(name)}`;

async function removeMember({ name }) {
  const title = `Remove ${name} from the team?`;
  const text = "Their tokens end at once. Their jobs stay.";
  if (!(await confirmed({ title, text, yes: "Remove", danger: true }))) return;
  await attempt(async () => {
    await send("DELETE", member(name));
    toast(`${name} is no member any more.`);
  });
  turn();
}

async function revokeToken({ id, name }) {
  const own = id === me.token_id ? " It is the one that you use now." : "";
  const title = `Revoke token ${name}?`;
  const text = `Whatever uses it is refused from the next request on.${own}`;
  if (!(await confirmed({ title, text, yes: "Revoke", danger: true }))) return;
  await attempt(async () => {
    await send("DELETE", `/api/v1/tokens/${id}`);
    toast(`Token ${name} is revoked.`);
  });
  turn();
}

onSubmit(byId("new-member"), async () => {
  const added = { name: byId("member-name").value.trim(), role: byId("member-role").value };
  await send("POST", `/api/v1/teams/${encodeURIComponent(team)}/members`, added);
  toast(`${added.name} is a member now. Make a token for them below.`);
  turn();
});

onSubmit(byId("new-team"), async () => {
  ({ name: team } = await send("POST", "/api/v1/teams", { name: byId("team-name").value.trim() }));
  byId("quota-form").dataset.touched = "";
  toast(`Team ${team} is there.`);
  turn();
});

onSubmit(byId("new-token"), async () => {
  const boxes = [...byId("token-scopes").querySelectorAll("input")];
  const scopes = boxes.filter((box) => box.checked).map((box) => box.value);
  const ends = byId("token-ends").value;
  const owner = byId("token-member");
  const made = await send("POST", "/api/v1/tokens", {
    name: byId("token-name").value.trim(),
    team,
    role: byId("token-role").value,
    member: owner.selectedIndex > 0 ? owner.value : null,
    scopes: scopes.length === boxes.length ? null : scopes,
    expires_at: ends ? new Date(ends).toISOString() : null,
  });
  await showOnce(made);
  turn();
});

const quotaInputs = [...byId("quota-form").querySelectorAll("input")];

function showQuotas(found) {
  const { quotas, use, retention_days: days } = (limits = found);
  const mine = me.team === EVERY_TEAM;
  for (const input of quotaInputs) {
    const kind = input.name.replace("quotas/", "");
    // What somebody is about to set is not written over.
    if (!byId("quota-form").dataset.touched) input.value = (kind === "retention_days" ? days : quotas[kind]) ?? "";
    input.readOnly = !mine;
  }
  for (const place of byId("quota-form").querySelectorAll("[data-use]")) {
    const taken = use[place.dataset.use];
    setText(place, `${place.dataset.use === "stored_bytes" ? bytes(taken) : count(taken)} taken`);
  }
  show(byId("quota-form").querySelector(".row"), mine);
}

byId("quota-form").addEventListener("input", () => (byId("quota-form").dataset.touched = "yes"));

onSubmit(byId("quota-form"), async () => {
  const value = (input) => (input.value === "" ? null : Number(input.value));
  const changes = { quotas: {} };
  for (const input of quotaInputs) {
    if (input.name === "retention_days") changes.retention_days = value(input);
    else changes.quotas[input.name.replace("quotas/", "")] = value(input);
  }
  const set = async (given) => {
    await send("PATCH", `/api/v1/teams/${encodeURIComponent(team)}`, given);
    byId("quota-form").dataset.touched = "";
    turn();
  };
  const before = { quotas: limits.quotas, retention_days: limits.retention_days };
  await set(changes);
  toast("The quotas are set.", { about: "quotas", undo: () => set(before) });
}, { keep: true });
