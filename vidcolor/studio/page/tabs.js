/** The three panels on the right, of which one is open. */

import { byId, show } from "./dom.js";
import { state, watch } from "./state.js";

const NAMES = ["color", "pictures", "film"];

/** Open a panel: "color", "pictures" or "film". */
export function showTab(name) {
  for (const each of NAMES) {
    const tab = byId(`tab-${each}`);
    tab.setAttribute("aria-selected", each === name);
    tab.tabIndex = each === name ? 0 : -1;
    show(byId(each), each === name);
  }
}

for (const name of NAMES) byId(`tab-${name}`).addEventListener("click", () => showTab(name));

/** Arrows move between tabs, as in every list of tabs. */
byId("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.stopPropagation();
  const current = NAMES.findIndex((name) => !byId(name).hidden);
  const name = NAMES[(current + step + NAMES.length) % NAMES.length];
  showTab(name);
  byId(`tab-${name}`).focus();
});

/** A mark that is set or selected shows its colors. */
watch(["draft", "selected"], () => {
  const entry = state.hints.entries.find(({ id }) => id === state.selected);
  if (state.draft || entry?.color) showTab("color");
});
