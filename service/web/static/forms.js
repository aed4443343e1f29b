// Forms that send a document: what the service refuses is told at the field that it names.

import { Problem } from "/static/api.js";
import { toast } from "/static/dialog.js";
import { element } from "/static/page.js";

/**
 * At each submit call `action()`; the form is emptied once it was done, unless `keep`. A control's
 * `name` is the JSON Pointer of its value in the document, without the first slash.
 */
export function onSubmit(form, action, { keep = false } = {}) {
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = form.querySelector("[type=submit]");
    pressed.disabled = true;
    clear(form);
    try {
      await action();
      if (!keep) form.reset();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      complain(form, error);
    } finally {
      pressed.disabled = false;
    }
  });
}

function clear(form) {
  for (const fault of form.querySelectorAll(".fault")) fault.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

function complain(form, problem) {
  const placed = problem.errors.filter(({ pointer, message }) => {
    const control = form.elements.namedItem(pointer.slice(1));
    if (!(control instanceof Element)) return false;
    const fault = element("p", { text: message, classes: "error fault", id: `${form.id}-${control.name}-fault` });
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", fault.id);
    control.after(fault);
    return true;
  });
  if (placed.length) form.querySelector("[aria-invalid]").focus();
  if (placed.length < problem.errors.length || !placed.length) toast(problem.message, { bad: true });
}
