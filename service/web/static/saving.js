// Files that need the token: fetched, and handed to the browser to keep.

import { get } from "/static/api.js";
import { attempt } from "/static/dialog.js";
import { button, element } from "/static/page.js";

/** A button that fetches `path` and saves it as `name`. */
export function saveButton(text, path, name, { headers = {}, label } = {}) {
  return button(
    text,
    async (pressed) => {
      pressed.disabled = true;
      const done = await attempt(async () => save(await get(path, { headers }), name));
      pressed.disabled = false;
      if (done) pressed.textContent = `${text} ✓`;
    },
    { label, class: "small" },
  );
}

async function save(response, name) {
  const url = URL.createObjectURL(await response.blob());
  element("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
