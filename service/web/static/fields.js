// The fields of the form for a spec: where each is in the document, and how it is read and written.

import { element } from "/static/page.js";

/** The value at a JSON Pointer without escapes; undefined where there is none. */
export function valueAt(document, pointer) {
  return pointer.split("/").slice(1).reduce((value, key) => value?.[key], document);
}

/** A copy of `document` with `value` at `pointer`; undefined takes it away, and what is empty then. */
export function withValue(document, pointer, value) {
  const [, key, ...rest] = pointer.split("/");
  const made = { ...document };
  const inner = rest.length ? withValue(made[key] ?? {}, `/${rest.join("/")}`, value) : value;
  const empty = rest.length && Object.keys(inner).length === 0;
  if (inner === undefined || empty) delete made[key];
  else made[key] = inner;
  return made;
}

const number = (text) => (text === "" ? undefined : Number(text));
const list = (text) => text.split(/[\s,×x]+/).filter(Boolean).map(Number);

/** What a control shows and gives: `show(control, value)`, and `read(control)`, undefined for none. */
const KINDS = {
  text: {
    make: (field, id) => element("input", { id, type: "text", autocomplete: "off", placeholder: field.usual }),
    show: (control, value) => (control.value = value ?? ""),
    read: (control) => control.value,
  },
  number: {
    make: (field, id) =>
      element("input", { id, type: "number", step: field.step ?? 1, min: field.min, max: field.max, placeholder: field.usual }),
    show: (control, value) => (control.value = value ?? ""),
    read: (control) => number(control.value),
  },
  numbers: {
    make: (field, id) => element("input", { id, type: "text", inputmode: "numeric", autocomplete: "off", placeholder: field.usual }),
    show: (control, value) => (control.value = (value ?? []).join(", ")),
    read: (control) => (control.value.trim() ? list(control.value) : undefined),
  },
  select: {
    make: (field, id) => element("select", { id }, field.options.map(option)),
    show: (control, value) => (control.value = value ?? control.options[0].value),
    read: (control) => control.value,
  },
  checks: {
    make: (field, id) =>
      element("div", { id, classes: "row" }, field.options.map(([value, text]) => {
        const box = element("input", { type: "checkbox", value });
        return element("label", { classes: "choice" }, [box, text]);
      })),
    show(control, value) {
      const names = (value ?? control.field.usual).map((each) => each.metric ?? each);
      for (const box of control.querySelectorAll("input")) box.checked = names.includes(box.value);
      control.shown = value ?? [];
    },
    read(control) {
      const names = [...control.querySelectorAll(":checked")].map((box) => box.value);
      return names.map((name) => control.shown.find((each) => each.metric === name) ?? name);
    },
  },
  tags: {
    make: (field, id) => element("input", { id, type: "text", autocomplete: "off", placeholder: "project:demo, week:48" }),
    show: (control, value) => (control.value = Object.entries(value ?? {}).map((pair) => pair.join(":")).join(", ")),
    read(control) {
      const pairs = control.value.split(",").map((pair) => pair.trim()).filter(Boolean);
      if (!pairs.length) return undefined;
      return Object.fromEntries(pairs.map((pair) => [pair.split(":")[0].trim(), pair.split(":").slice(1).join(":").trim()]));
    },
  },
};

function option([value, text, disabled = false]) {
  return element("option", { value, text, disabled });
}

/** One labelled control with its hint and the place of its faults. */
export class Field {
  constructor(given, onChange) {
    Object.assign(this, given);
    this.kind = KINDS[given.kind];
    const id = `field${given.pointer.replaceAll("/", "-")}${given.bound ? `-${given.metric}` : ""}`;
    this.control = this.kind.make(given, id);
    this.control.field = this;
    this.fault = element("p", { classes: "error", id: `${id}-fault`, hidden: true });
    this.control.setAttribute("aria-describedby", `${id}-hint ${this.fault.id}`);
    this.hintPlace = element("p", { text: given.hint ?? "", classes: "hint", id: `${id}-hint` });
    const parts = [this.control, this.hintPlace, this.fault];
    if (given.kind === "checks") {
      this.control.setAttribute("role", "group");
      this.control.setAttribute("aria-labelledby", `${id}-label`);
      parts.unshift(element("span", { text: given.label, id: `${id}-label`, classes: "label" }));
    } else parts.unshift(element("label", { text: given.label, for: id }));
    this.node = element("div", { classes: given.whole ? "field whole" : "field" }, parts);
    this.control.addEventListener(given.kind === "text" ? "input" : "change", onChange);
    if (given.kind === "number") this.control.addEventListener("input", onChange);
  }

  /** Show what the document has; what one is typing into is left alone. */
  show(document) {
    if (!this.control.contains(globalThis.document.activeElement)) this.kind.show(this.control, this.find(document));
  }

  find(document) {
    const value = valueAt(document, this.pointer);
    return this.bound ? value?.find((each) => each.metric === this.metric)?.[this.bound] : value;
  }

  /** The document with what the control has now. */
  write(document) {
    const value = this.kind.read(this.control);
    return withValue(document, this.pointer, this.bound ? this.constraints(document, value) : value);
  }

  constraints(document, value) {
    const old = valueAt(document, this.pointer) ?? [];
    const mine = { ...old.find((each) => each.metric === this.metric), metric: this.metric, [this.bound]: value };
    const kept = old.filter((each) => each.metric !== this.metric);
    const all = value === undefined ? kept : [...kept, mine];
    return all.length ? all : undefined;
  }

  /** Whether a fault at `pointer` of the document is this field's. */
  has(pointer, document) {
    if (!this.bound) return pointer === this.pointer || pointer.startsWith(`${this.pointer}/`);
    const [, index] = /^\/constraints\/(\d+)/.exec(pointer) ?? [];
    return valueAt(document, "/constraints")?.[index]?.metric === this.metric;
  }

  complain(messages) {
    this.fault.textContent = messages.join("; ");
    this.fault.hidden = messages.length === 0;
    const target = this.control;
    if (messages.length) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
  }
}

const METRICS = [["accuracy", "accuracy"], ["params", "parameters"], ["latency_ms", "latency"], ["macs", "MACs"], ["size_bytes", "size"]];

/** Groups of fields: [heading, [field]]. `offered`: what the API says there is. */
export function groups({ datasets, presets, samplers }) {
  return [
    ["What", [
      { kind: "text", pointer: "/name", label: "Name", whole: true },
      { kind: "select", pointer: "/dataset/name", label: "Data set", options: datasets },
      { kind: "number", pointer: "/dataset/train_size", label: "Training images at most", usual: "all", min: 1 },
      { kind: "tags", pointer: "/tags", label: "Tags", hint: "key:value, …" },
    ]],
    ["Space", [
      { kind: "select", pointer: "/space/preset", label: "Preset", options: presets },
      { kind: "checks", pointer: "/space/head/kinds", label: "Heads", usual: ["gap", "flatten", "tcl"], options: [["gap", "average pooling"], ["flatten", "flatten"], ["tcl", "TCL"]] },
      { kind: "select", pointer: "/space/head/ranks/policy", label: "TCL ranks", options: [["searched", "searched"], ["elastic", "elastic: a whole curve of one training"], ["fixed", "fixed"]] },
      { kind: "numbers", pointer: "/space/head/ranks/channels", label: "Channel ranks", usual: "the preset's" },
      { kind: "numbers", pointer: "/space/head/ranks/height", label: "Height ranks", usual: "the preset's" },
      { kind: "numbers", pointer: "/space/head/ranks/width", label: "Width ranks", usual: "the preset's" },
      { kind: "numbers", pointer: "/space/head/ranks/values", label: "Fixed ranks", usual: "for policy fixed: 16, 2, 2" },
    ]],
    ["Aims", [
      { kind: "checks", pointer: "/objectives", label: "Objectives", whole: true, usual: ["accuracy", "params", "latency_ms"], options: METRICS },
      { kind: "number", pointer: "/constraints", bound: "max", metric: "params", label: "Parameters at most", usual: "no limit", min: 1 },
      { kind: "number", pointer: "/constraints", bound: "max", metric: "latency_ms", label: "Latency at most (ms)", usual: "no limit", step: "any", min: 0 },
      { kind: "number", pointer: "/constraints", bound: "min", metric: "accuracy", label: "Accuracy at least (0 to 1)", usual: "no limit", step: "any", min: 0, max: 1 },
    ]],
    ["Effort", [
      { kind: "number", pointer: "/budget/trials", label: "Trials", usual: 24, min: 1 },
      { kind: "number", pointer: "/budget/training_epochs", label: "Training epochs of a trial", usual: 6, min: 1 },
      { kind: "number", pointer: "/budget/wall_clock_seconds", label: "Time at most (s)", usual: "no limit", step: "any", min: 0 },
      { kind: "select", pointer: "/sampler/name", label: "Sampler", options: samplers },
      { kind: "number", pointer: "/sampler/seed", label: "Seed", usual: 0, min: 0 },
      { kind: "select", pointer: "/early_stopping/name", label: "Early stopping", options: [["successive_halving", "successive halving"], ["none", "none"]] },
      { kind: "number", pointer: "/resources/concurrency", label: "Trials at once, at most", usual: 2, min: 1 },
      { kind: "number", pointer: "/resources/cpus", label: "CPUs of a trial", usual: 1, step: "any", min: 0 },
      { kind: "number", pointer: "/resources/gpus", label: "GPUs of a trial", usual: 0, step: "any", min: 0 },
      { kind: "number", pointer: "/priority", label: "Priority", usual: 0, min: -10, max: 10, hint: "Higher goes first." },
    ]],
  ];
}
