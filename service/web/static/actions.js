// What people do to jobs: offered where the state and the token allow it, asked about where it
// cannot be undone, and undone where it can.

import { send } from "/static/api.js";
import { attempt, confirmed, toast } from "/static/dialog.js";
import { button, element } from "/static/page.js";
import { renew } from "/static/table.js";

export const ENDED = ["succeeded", "failed", "cancelled"];
const OWNED = ["starting", "running"];
const MOST = 10;

const address = (id) => `/api/v1/jobs/${id}`;

/** Names of the commands that a job takes now. */
export function commands({ state, desired, trials }) {
  if (ENDED.includes(state)) {
    const left = trials !== undefined && trials.finished < trials.total;
    return left ? ["retry", "delete"] : ["delete"];
  }
  if (desired === "cancel") return [];
  if (state === "paused" || (OWNED.includes(state) && desired === "pause")) return ["resume", "cancel"];
  return ["pause", "cancel"];
}

// `undo(now, before)`: the command that takes it back, of the job after it and before it, if one does.
const COMMANDS = {
  pause: { text: "Pause", done: "is being paused", undo: () => "resume" },
  resume: { text: "Resume", done: "goes on", undo: () => "pause" },
  cancel: {
    text: "Cancel",
    done: "is being cancelled",
    // A job that ran has lost trials by then, and a retry is no way back to them.
    undo: (now, before) => (before.state === "queued" && commands(now).includes("retry") ? "retry" : null),
    question: {
      title: "Cancel",
      text: "Its trials stop, and no further ones begin. What is recorded stays, and a retry goes on from there.",
      yes: "Cancel the job",
      no: "Let it run",
      danger: true,
    },
  },
  retry: { text: "Retry", done: "is queued again", undo: (_, before) => (before.state === "cancelled" ? "cancel" : null) },
  delete: {
    text: "Delete",
    done: "is deleted",
    question: {
      title: "Delete",
      text: "Its trials, models and events go, and its checkpoints with them. There is no way back.",
      yes: "Delete the job",
      danger: true,
    },
  },
};

/**
 * Fill `place` with a button for each command that `job` ({id, name, state, desired, trials}) takes
 * now; `changed(job)` is called once one was heeded, with the job, or null when it was deleted.
 */
export function offer(place, job, changed) {
  const names = commands(job);
  renew(place, `${job.id} ${names}`, () =>
    names.map((name) =>
      button(COMMANDS[name].text, (pressed) => command(name, job, changed, pressed), {
        label: `${COMMANDS[name].text} ${job.name}`,
        class: "small",
      }),
    ),
  );
}

async function command(name, job, changed, pressed) {
  const { done, question, undo } = COMMANDS[name];
  if (question && !(await confirmed({ ...question, title: `${question.title} ${job.name}?` }))) return;
  pressed.disabled = true;
  await attempt(async () => {
    const before = { ...job };
    const now = await carryOut(name, job.id);
    const opposite = undo?.(now, before);
    const back = async () => {
      const then = await carryOut(opposite, job.id);
      toast(`${job.name} ${COMMANDS[opposite].done}.`, { about: job.id });
      await changed(then);
    };
    toast(`${job.name} ${done}.`, { about: job.id, undo: opposite && back });
    await changed(now);
  });
  pressed.disabled = false;
}

function carryOut(name, id) {
  return name === "delete" ? send("DELETE", address(id)) : send("POST", `${address(id)}/${name}`);
}

/** Buttons that raise and lower the priority of the job that `item()` gives: {id, name, priority}. */
export function priorityButtons(item, changed) {
  const step = (by, text, verb) => {
    const attributes = { class: "small", "data-verb": verb, "data-by": by };
    return button(text, () => prioritise(item(), by, changed), attributes);
  };
  return [step(1, "▲", "Raise"), element("span", { classes: "priority" }), step(-1, "▼", "Lower")];
}

/** Bring the buttons and the number between them up to date. */
export function showPriority(place, job) {
  const { name, boost = 0 } = job;
  const priority = priorityOf(job);
  const shown = place.querySelector(".priority");
  shown.textContent = boost ? `${priority} + ${boost}` : priority;
  shown.title = boost ? `${boost} gained by waiting` : "";
  for (const each of place.querySelectorAll("button")) {
    each.setAttribute("aria-label", `${each.dataset.verb} the priority of ${name}`);
    each.disabled = Math.abs(priority + Number(each.dataset.by)) > MOST;
  }
}

/** Priorities that were asked for and are not read back yet, and by how much, by the job's id. */
const wishes = new Map();
const priorityOf = ({ id, priority }) => wishes.get(id)?.priority ?? priority;

/** One request at a time: of two that are under way together, either may come last. */
async function prioritise(job, by, changed) {
  const { id, name } = job;
  const underWay = wishes.has(id);
  wishes.set(id, { priority: priorityOf(job) + by, by });
  if (underWay) return;
  await attempt(async () => {
    try {
      let wish;
      do {
        wish = wishes.get(id);
        await send("PATCH", address(id), { priority: wish.priority });
        const { priority, by: step } = wish;
        const undo = () => prioritise({ ...job, priority }, -step, changed);
        toast(`${name} has priority ${priority}.`, { about: id, undo });
        await changed();
      } while (wishes.get(id) !== wish);
    } finally {
      wishes.delete(id);
    }
  });
}
