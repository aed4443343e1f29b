// Tables that are brought up to date in place: rows stay what they are, so focus and scroll do too.

import { element, reconcile, setText } from "/static/page.js";

/**
 * A function that makes `body` have a row for each item. A column is an object of
 * `classes`; `make(item)`, called once for each row, whose `item()` gives what the row shows now;
 * and `text(item)` or `fill(cell, item)`, called at each update. `heading`: the cell names its row.
 */
export function liveTable(body, key, columns) {
  const labels = [...body.closest("table").querySelectorAll("thead th")].map((cell) => cell.textContent);

  // Roles are said, because a table that is laid out in another way on a telephone loses its own.
  body.closest("table").setAttribute("role", "table");
  body.setAttribute("role", "rowgroup");

  function make() {
    const row = element("tr", { role: "row" });
    row.append(
      ...columns.map((column, index) => {
        const attributes = { classes: column.classes, "data-label": labels[index] };
        const cell = column.heading
          ? element("th", { ...attributes, role: "rowheader", scope: "row" })
          : element("td", { ...attributes, role: "cell" });
        if (column.make) cell.append(...column.make(() => row.item));
        return cell;
      }),
    );
    return row;
  }

  function update(row, item) {
    row.item = item;
    columns.forEach((column, index) => {
      if (column.text) setText(row.cells[index], column.text(item));
      column.fill?.(row.cells[index], item);
    });
  }

  return (items) => reconcile(body, items, key, make, update);
}

/** Give `place` the children that `make()` gives, unless it has those of the same `sign` already. */
export function renew(place, sign, make) {
  if (place.dataset.sign === sign) return;
  const focused = place.contains(document.activeElement);
  place.dataset.sign = sign;
  place.replaceChildren(...make());
  if (focused) place.querySelector("a, button")?.focus();
}
