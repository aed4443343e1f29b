// The form for a spec: its fields, in groups. Whatever else a spec may say is for its YAML.

const METRICS = [
  ["accuracy", "accuracy"],
  ["params", "parameters"],
  ["latency_ms", "latency"],
  ["macs", "MACs"],
  ["size_bytes", "size"],
];
const HEADS = [
  ["gap", "average pooling"],
  ["flatten", "flatten"],
  ["tcl", "TCL"],
];
const POLICIES = [
  ["searched", "searched"],
  ["elastic", "elastic: a whole curve of one training"],
  ["fixed", "fixed"],
];
const STOPPING = [
  ["successive_halving", "successive halving"],
  ["none", "none"],
];

const field = (kind) => (pointer, label, rest = {}) => ({ kind, pointer, label, ...rest });
const text = field("text");
const number = field("number");
const numbers = field("numbers");
const select = field("select");
const checks = field("checks");
const tags = field("tags");
const ranks = (mode, label) => numbers(`/space/head/ranks/${mode}`, label, { usual: "the preset's" });
const limit = (bound, metric, label, rest) =>
  number("/constraints", label, { bound, metric, min: 0, step: "any", usual: "no limit", ...rest });

/** Groups of fields as [heading, [field]]; `datasets`, `presets`, `samplers`: what there is to select. */
export const groups = ({ datasets, presets, samplers }) => [
  ["What", [
    text("/name", "Name", { whole: true }),
    select("/dataset/name", "Data set", { options: datasets }),
    number("/dataset/image_size", "Image size", { usual: "as it is kept", min: 8, max: 512 }),
    number("/dataset/train_size", "Training images at most", { usual: "all", min: 1 }),
    tags("/tags", "Tags", { hint: "key:value, …" }),
  ]],
  ["Space", [
    select("/space/preset", "Preset", { options: presets }),
    checks("/space/head/kinds", "Heads", { usual: ["gap", "flatten", "tcl"], options: HEADS }),
    select("/space/head/ranks/policy", "TCL ranks", { options: POLICIES }),
    ranks("channels", "Channel ranks"),
    ranks("height", "Height ranks"),
    ranks("width", "Width ranks"),
    numbers("/space/head/ranks/values", "Fixed ranks", { usual: "for policy fixed: 16, 2, 2" }),
  ]],
  ["Aims", [
    checks("/objectives", "Objectives", {
      whole: true,
      usual: ["accuracy", "params", "latency_ms"],
      options: METRICS,
    }),
    limit("max", "params", "Parameters at most", { min: 1, step: 1 }),
    limit("max", "latency_ms", "Latency at most (ms)"),
    limit("min", "accuracy", "Accuracy at least (0 to 1)", { max: 1 }),
  ]],
  ["Effort", [
    number("/budget/trials", "Trials", { usual: 24, min: 1 }),
    number("/budget/training_epochs", "Training epochs of a trial", { usual: 6, min: 1 }),
    number("/budget/wall_clock_seconds", "Time at most (s)", { usual: "no limit", step: "any", min: 0 }),
    select("/sampler/name", "Sampler", { options: samplers }),
    number("/sampler/seed", "Seed", { usual: 0, min: 0 }),
    select("/early_stopping/name", "Early stopping", { options: STOPPING }),
    number("/resources/concurrency", "Trials at once, at most", { usual: 2, min: 1 }),
    number("/resources/cpus", "CPUs of a trial", { usual: 1, step: "any", min: 0 }),
    number("/resources/gpus", "GPUs of a trial", { usual: 0, step: "any", min: 0 }),
    number("/priority", "Priority", { usual: 0, min: -10, max: 10, hint: "Higher goes first." }),
  ]],
];
