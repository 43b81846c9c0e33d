/** What to do next, said on the stage: to who has not begun, and while something is drawn. */

import { byId, show } from "./dom.js";
import { state, watch } from "./state.js";

const DRAW = {
  stroke: "Draw a line over the thing.",
  region: "Click the corners of a region, or draw around it.",
};
const CLOSE =
  "Click the next corner. A double click, Enter, or a click on the first one closes it.";

function line() {
  if (state.opening || state.pass || state.draft) return "";
  if (state.tool === "region" && state.sketched) return CLOSE;
  const isKnown = state.hints.entries.some(({ kind }) => kind === state.tool);
  if (state.tool in DRAW) return isKnown ? "" : DRAW[state.tool];
  return state.hints.entries.length ? "" : "Click a place in the picture whose color you know.";
}

watch(["hints", "draft", "opening", "pass", "tool", "sketched"], () => {
  byId("stage-help").textContent = line();
  show(byId("stage-help"), Boolean(line()));
});
