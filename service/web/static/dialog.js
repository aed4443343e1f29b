// Asking before something is done, and telling afterwards, with a way back.

import { Problem } from "/static/api.js";
import { button, byId, element } from "/static/page.js";

const LASTING = 10_000;
const AT_ONCE = 3;

/** Ask; whether the answer was yes. Closing the dialog in any other way is a no. */
export function confirmed({ title, text, yes, no = "Keep it", danger = false }) {
  const heading = element("h2", { text: title, id: "dialog-title" });
  const body = element("p", { text, id: "dialog-text" });
  const stay = element("button", { text: no, value: "", autofocus: true });
  const go = element("button", { text: yes, value: "yes", classes: danger ? "danger" : "primary" });
  const answers = element("div", { classes: "row end" }, [stay, go]);
  const form = element("form", { method: "dialog" }, [heading, body, answers]);
  const attributes = { role: "alertdialog", "aria-labelledby": heading.id, "aria-describedby": body.id };
  return open(element("dialog", attributes, [form])).then((answer) => answer === "yes");
}

/** Show a `<dialog>` over the page until it is closed; what it returned. */
export function open(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}

/**
 * Tell what was done; `undo` takes it back, while the message is there. Of messages `about` the same
 * thing the last one stays.
 */
export function toast(message, { undo = null, bad = false, about = message } = {}) {
  const made = element("div", {
    classes: bad ? "toast bad" : "toast",
    role: bad ? "alert" : "status",
    "data-about": about,
  });
  let timer = null;
  const leave = () => made.remove();
  const wait = () => (timer = setTimeout(leave, LASTING));
  const hold = () => clearTimeout(timer);
  for (const event of ["pointerenter", "focusin"]) made.addEventListener(event, hold);
  for (const event of ["pointerleave", "focusout"]) made.addEventListener(event, wait);
  const others = [...byId("toasts").children].filter((old) => old.dataset.about !== about);
  byId("toasts").replaceChildren(...others.slice(1 - AT_ONCE));
  byId("toasts").append(made);
  // Filled once it is there: what a live region holds from the start is not read out.
  made.append(element("span", { text: message }));
  if (undo) {
    made.append(
      button("Undo", () => {
        leave();
        attempt(undo);
      }),
    );
  }
  made.append(button("✕", leave, { label: "Dismiss", class: "quiet" }));
  wait();
}

/** Do something that the service may refuse, and say why it did; whether it was done. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status !== 401) toast(error.message, { bad: true });
    return false;
  }
}
