/** The list of keys, over the page. */

import { byId, element } from "./dom.js";

const dialog = byId("help");

/** Show it; Escape or its button closes it. */
export function openHelp() {
  if (!dialog.open) dialog.showModal();
}

/** Fill it from the table by which the keys work. */
export function fillHelp(keys) {
  const groups = Object.entries(keys).map(([name, rows]) => {
    const told = rows.filter(([shown]) => shown);
    const lines = told.flatMap(([shown, does]) => [
      element("dt", {}, element("kbd", {}, shown)),
      element("dd", {}, does),
    ]);
    return element("section", {}, element("h3", {}, name), element("dl", {}, ...lines));
  });
  byId("key-list").append(...groups);
}
