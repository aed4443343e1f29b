// Fields of a form for a document: where each is in it, and how it is shown and read.

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
const input = (id, attributes) => element("input", { id, autocomplete: "off", ...attributes });

/** What a control shows and gives: `show(control, value)`, and `read(control)`, undefined for none. */
const KINDS = {
  text: {
    make: (field, id) => input(id, { placeholder: field.usual }),
    show: (control, value) => (control.value = value ?? ""),
    read: (control) => control.value,
  },
  number: {
    make: ({ step = 1, min, max, usual }, id) =>
      input(id, { type: "number", step, min, max, placeholder: usual }),
    show: (control, value) => (control.value = value ?? ""),
    read: (control) => number(control.value),
  },
  numbers: {
    make: (field, id) => input(id, { inputmode: "numeric", placeholder: field.usual }),
    show: (control, value) => (control.value = (value ?? []).join(", ")),
    read: (control) => (control.value.trim() ? list(control.value) : undefined),
  },
  select: {
    make: (field, id) => element("select", { id }, field.options.map(option)),
    show: (control, value) => (control.value = value ?? control.options[0].value),
    read: (control) => control.value,
  },
  checks: {
    make(field, id) {
      const boxes = field.options.map(([value, text]) =>
        element("label", { classes: "choice" }, [element("input", { type: "checkbox", value }), text]),
      );
      return element("div", { id, classes: "row" }, boxes);
    },
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
    make: (field, id) => input(id, { placeholder: "project:demo, week:48" }),
    show(control, value) {
      control.value = Object.entries(value ?? {}).map((pair) => pair.join(":")).join(", ");
    },
    read(control) {
      const pairs = control.value.split(",").map((pair) => pair.trim()).filter(Boolean);
      if (!pairs.length) return undefined;
      const parts = pairs.map((pair) => pair.split(":"));
      return Object.fromEntries(parts.map(([key, ...rest]) => [key.trim(), rest.join(":").trim()]));
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
    const id = ["field", ...given.pointer.split("/").slice(1), given.metric].filter(Boolean).join("-");
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
    const typing = this.control.contains(globalThis.document.activeElement);
    if (!typing) this.kind.show(this.control, this.find(document));
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
    const before = old.find((each) => each.metric === this.metric);
    const mine = { ...before, metric: this.metric, [this.bound]: value };
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
