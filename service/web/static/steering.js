// A larger budget, and a point of one's own.

import { Problem, getJson, send } from "/static/api.js";
import { attempt, open, toast } from "/static/dialog.js";
import { element } from "/static/page.js";

/** Ask for more trials, and give them to the job. A budget only grows, so there is no way back. */
export async function extend(job, changed) {
  const { total } = job.trials;
  const field = element("input", { id: "more-trials", type: "number", min: total + 1, value: total + 12, required: true });
  const trials = await ask(
    "Extend the budget",
    `The job may have ${total} trials now. A budget only grows; a job that has succeeded goes on.`,
    [element("label", { for: field.id, text: "Trials in all" }), field],
    "Extend",
    () => field.value,
  );
  if (trials === null) return;
  await attempt(async () => {
    await send("PATCH", `/api/v1/jobs/${job.id}`, { budget: { trials: Number(trials) } });
    toast(`${job.name} may have ${trials} trials.`);
    changed();
  });
}

/** Ask for the parameters of a point, beginning with those of a chosen trial. */
export async function givePoint(job, chosen, changed) {
  const [first] = chosen;
  const path = `/api/v1/jobs/${job.id}/trials`;
  let parameters = {};
  await attempt(async () => {
    const likes = first === undefined ? (await getJson(`${path}?limit=1`)).items[0] : await getJson(`${path}/${first}`);
    parameters = likes?.parameters ?? {};
  });
  let text = JSON.stringify(parameters, null, 2);
  let why = "";
  for (;;) {
    const field = element("textarea", { id: "point-parameters", rows: 14, spellcheck: "false" });
    field.value = text;
    const fault = element("p", { classes: "error", role: "alert", text: why });
    const given = await ask(
      "Add a point",
      first === undefined
        ? "It runs before the sampler is asked again; the budget grows by one. These are the newest trial's parameters."
        : `It runs before the sampler is asked again; the budget grows by one. These are trial ${first}'s parameters.`,
      [element("label", { for: field.id, text: "Parameters, as JSON" }), field, fault],
      "Add the point",
      () => field.value,
    );
    if (given === null) return;
    text = given;
    why = await tried(path, text);
    if (!why) break;
  }
  toast("The point is run next.");
  changed();
}

/** Why the point was refused; empty where it was not. */
async function tried(path, text) {
  try {
    await send("POST", path, { parameters: JSON.parse(text) });
    return "";
  } catch (error) {
    if (error instanceof SyntaxError) return `This is no JSON: ${error.message}`;
    if (!(error instanceof Problem)) throw error;
    const faults = error.errors.map(({ pointer, message }) => `${pointer.replace("/parameters/", "")}: ${message}`);
    return faults.join("; ") || error.message;
  }
}

async function ask(title, text, fields, yes, read) {
  const heading = element("h2", { text: title, id: "ask-title" });
  const cancel = element("button", { text: "Leave it", value: "", type: "submit", formnovalidate: true });
  const go = element("button", { text: yes, value: "yes", classes: "primary" });
  const form = element("form", { method: "dialog" }, [
    heading, element("p", { text }), ...fields, element("div", { classes: "row end" }, [cancel, go]),
  ]);
  const answer = await open(element("dialog", { "aria-labelledby": heading.id }, [form]));
  return answer === "yes" ? read() : null;
}
