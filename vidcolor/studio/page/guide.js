/** What to do next, said on the stage: to who has not begun, and while something is drawn. */

import { byId, show } from "./dom.js";
import { state, watch } from "./state.js";

const DRAW = {
  stroke: "Draw a line over the thing.",
  region: "Click the corners of a region, or draw around it.",
};
const CLOSE = "Click the next corner; click the first one again, or press Enter, to close it.";

function line() {
  if (state.opening || state.pass || state.draft) return "";
  if (state.tool === "region" && state.sketched) return CLOSE;
  if (state.tool in DRAW) return DRAW[state.tool];
  return state.hints.entries.length ? "" : "Click a place in the picture whose color you know.";
}

watch(["hints", "draft", "opening", "pass", "tool", "sketched"], () => {
  byId("stage-help").textContent = line();
  show(byId("stage-help"), Boolean(line()));
});
