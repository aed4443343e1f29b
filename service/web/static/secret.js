// A token's text, which the service shows once and nowhere else.

import { open } from "/static/dialog.js";
import { button, element } from "/static/page.js";

/** Show a new token until the reader has closed the dialog. */
export function showOnce({ name, token }) {
  const attributes = { readonly: true, "aria-label": "The new token", spellcheck: "false" };
  const text = element("input", { value: token, ...attributes });
  const copied = element("p", { role: "status", classes: "hint" });
  const copy = button("Copy", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(token);
      copied.textContent = "Copied.";
    } catch {
      // Without TLS, browsers let no page write to the clipboard.
      copied.textContent = "It is selected: press Ctrl+C, or ⌘C.";
    }
  }, { class: "primary" });
  const done = element("button", { text: "I have kept it", value: "done" });
  const heading = element("h2", { text: `Token ${name}`, id: "secret-title" });
  const why = element("p", {
    text: "This is the only time that it is shown. Whoever has it may do what it is good for.",
  });
  const form = element("form", { method: "dialog" }, [
    heading,
    why,
    element("div", { classes: "row" }, [text, copy]),
    copied,
    element("div", { classes: "row end" }, [done]),
  ]);
  const dialog = element("dialog", { "aria-labelledby": heading.id }, [form]);
  // Not to be lost by a slip of the finger.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  return open(dialog);
}
