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
 * Tell what was done; `undo` takes it back. What can be undone, or went wrong, stays until it is
 * dismissed or newer messages take its place; the rest goes once there was time to read it. Of messages
 * `about` the same thing the last one stays.
 */
export function toast(message, { undo = null, bad = false, about = message } = {}) {
  const made = element("div", {
    classes: bad ? "toast bad" : "toast",
    role: bad ? "alert" : "status",
    "data-about": about,
  });
  for (const old of [...byId("toasts").children].filter(({ dataset }) => dataset.about === about)) old.remove();
  byId("toasts").append(made);
  while (byId("toasts").children.length > AT_ONCE) byId("toasts").firstElementChild.remove();
  let before = null;
  const leave = () => {
    const held = made.contains(document.activeElement);
    made.remove();
    // Who came here by keyboard goes on from where that was.
    if (held) (before?.isConnected ? before : byId("main")).focus();
  };
  made.addEventListener("focusin", ({ relatedTarget: from }) => {
    if (from && !made.contains(from)) before = from;
  });
  // Filled once it is there: what a live region holds from the start is not read out.
  made.append(element("span", { text: message }));
  if (undo) {
    const back = () => {
      leave();
      attempt(undo);
    };
    made.append(button("Undo", back, { "aria-keyshortcuts": "Control+Z", title: "Ctrl + Z" }));
  }
  made.append(button("✕", leave, { label: "Dismiss", class: "quiet" }));
  if (!undo && !bad) goInTime(made, leave);
}

/** Let a message go, but not while somebody points at it or is in it. */
function goInTime(made, leave) {
  let timer = null;
  const hold = () => clearTimeout(timer);
  const wait = () => {
    hold();
    if (!made.matches(":hover, :focus-within")) timer = setTimeout(leave, LASTING);
  };
  for (const event of ["pointerenter", "focusin"]) made.addEventListener(event, hold);
  for (const event of ["pointerleave", "focusout"]) made.addEventListener(event, wait);
  wait();
}

// The key that undoes elsewhere: the last thing first. A field and a dialog have it for themselves.
document.addEventListener("keydown", (event) => {
  const meant = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
  if (!meant || event.target.closest("input, textarea, select, dialog")) return;
  const last = [...byId("toasts").querySelectorAll("[aria-keyshortcuts]")].at(-1);
  if (!last) return;
  event.preventDefault();
  last.click();
});

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
