// One model: what was measured of it, and how to have it.

import { getJson, send } from "/static/api.js";
import { drawParts } from "/static/architecture.js";
import { METRICS } from "/static/cells.js";
import { attempt, toast } from "/static/dialog.js";
import { button, byId, bytes, count, element, milliseconds, percent, setText } from "/static/page.js";
import { saveButton } from "/static/saving.js";
import { may, run } from "/static/session.js";
import { renew } from "/static/table.js";

const [, , jobId] = location.pathname.split("/");
const job = `/jobs/${jobId}`;
const address = `/api/v1${location.pathname}`;
const FILES = [
  ["Checkpoint", "checkpoint", "safetensors", "weights alone"],
  ["ONNX", "onnx", "onnx", "for ONNX Runtime and others"],
  ["ONNX in 8 bits", "onnx-int8", "int8.onnx", "smaller, a little less accurate"],
  ["ExecuTorch", "pte", "pte", "for phones and boards, one image at a time"],
  ["Bundle", "bundle", "zip", "weights, code and figures together"],
];

const WHERE_MADE = new Set(["onnx-int8", "pte"]);

run(async (me) => {
  const model = await getJson(address);
  showModel(model);
  const mayCompress = hasDenseHead(model) && may(me, "editor", "jobs");
  renew(byId("compress"), `${model.id} ${mayCompress}`, () => (mayCompress ? [compressButton(model)] : []));
  return false;
}, { slow: 60_000 });

function showModel(model) {
  const named = model.ranks ? `${model.head} ${model.ranks.join(" × ")}` : model.head;
  document.title = `${named} · tclsearch`;
  setText(byId("name"), `Model of trial ${model.trial_number}: ${named}`);
  byId("trial").href = `${job}/trials/${model.trial_number}`;
  renew(byId("metrics"), model.id, () =>
    definitions({
      ...Object.fromEntries(
        Object.entries(METRICS)
          .filter(([metric]) => metric in model.values)
          .map(([metric, { label, unit, text }]) => [label, `${text(model.values[metric])} ${unit}`.trim()]),
      ),
      "Latency, median": `${milliseconds(model.latency.median)} ms`,
      "Latency, nine of ten runs": `${milliseconds(model.latency.p90)} ms`,
      ...retrained(model.retrained_summary),
      "On the front": model.on_front ? "yes" : "no",
      "Checkpoint": bytes(model.checkpoint.size),
    }),
  );
  renew(byId("baselines"), model.id, () => [model.baselines ? heads(model) : element("p", { text: "This network has no other heads." })]);
  if (!byId("architecture").children.length) drawParts(byId("architecture"), model);
  renew(byId("downloads"), model.id, () =>
    FILES.filter(([, route]) => !WHERE_MADE.has(route) || route in model.exports).map(([text, route, ending, about]) =>
      element("div", {}, [
        saveButton(text, `${address}/${route}`, `${model.id}.${ending}`),
        element("span", { classes: "hint", text: ` ${about}` }),
      ]),
    ),
  );
  setText(byId("snippet"), snippet(model));
}

/** Whether its last feature map goes into a dense layer, which SqueezeNet has not. */
function hasDenseHead({ head, architecture }) {
  return head === "torchvision" ? architecture.name !== "squeezenet1_1" : head !== "tcl";
}

function compressButton(model) {
  return button("Compress the head", (pressed) =>
    attempt(async () => {
      pressed.disabled = true;
      try {
        const source = { job: jobId, model: model.id };
        const posted = await send("POST", "/api/v1/compressions", { name: `compressed ${model.head} of trial ${model.trial_number}`, source });
        location.assign(`/jobs/${posted.id}`);
      } finally {
        pressed.disabled = false;
      }
    }),
  );
}

/** What training it longer came to; the test part was scored once, at the end. */
function retrained(summary) {
  if (!summary) return {};
  const spread = ({ mean, std }) => (std === null ? percent(mean) : `${percent(mean)} ± ${percent(std)}`);
  return {
    "Trained longer": `${summary.training_epochs} epochs, ${summary.seeds} ${summary.seeds === 1 ? "seed" : "seeds"}`,
    "Then, validation accuracy": spread(summary.accuracy),
    "Then, test accuracy": spread(summary.test_accuracy),
  };
}

function heads({ baselines, values, head }) {
  const own = values.params;
  const rows = [
    [`this one (${head})`, own],
    ["global average pooling", baselines.gap_params],
    ["flattened", baselines.flatten_params],
  ].map(([text, params]) =>
    element("tr", {}, [
      element("th", { text, scope: "row" }),
      element("td", { classes: "number", text: count(params) }),
      element("td", { classes: "number", text: `${(params / own).toFixed(2)} ×` }),
    ]),
  );
  const titles = ["Head", "Parameters", "Of this one's"].map((text, index) =>
    element("th", { text, scope: "col", classes: index ? "number" : "" }),
  );
  return element("table", {}, [element("thead", {}, [element("tr", {}, titles)]), element("tbody", {}, rows)]);
}

function snippet({ architecture: { input, classes } }) {
  return `import torch

from model import load  # model.py of the bundle

model = load("model.safetensors")
model.eval()
image = torch.zeros(1, ${input.channels}, ${input.height}, ${input.width})  # a batch of one, scaled as in README.md
with torch.inference_mode():
    scores = model(image)  # one row of ${classes} scores
print(scores.argmax(dim=1))
`;
}

byId("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(byId("snippet").textContent);
    toast("Copied.");
  } catch {
    getSelection().selectAllChildren(byId("snippet"));
    toast("The browser does not let pages copy here; the text is selected.");
  }
});

function definitions(given) {
  return Object.entries(given).map(([term, text]) =>
    element("div", {}, [element("dt", { text: term }), element("dd", { text })]),
  );
}
