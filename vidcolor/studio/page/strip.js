/** Three later frames of the shot, spread up to its end, and its first: how far changes hold. */

import { byId, element, show } from "./dom.js";
import { FrameCanvas, sizeFor } from "./frames.js";
import { guarded } from "./notices.js";
import { seek } from "./session.js";
import { state, watch } from "./state.js";
import { clock, seconds } from "./times.js";

const COUNT = 3;
const first = makeCell("first");
const later = Array.from({ length: COUNT }, () => makeCell("later"));
byId("strip").append(...[first, ...later].map(({ cell }) => cell));

function makeCell(name) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const label = element("span");
  const cell = element("button", { type: "button", class: `other ${name}` }, canvas, label);
  const made = { frame: new FrameCanvas(canvas), cell, label, index: 0, at: null };
  cell.addEventListener("click", () => seek(made.index));
  return made;
}

/** Numbers of up to three frames behind the one shown, the shot's last among them. */
function laterFrames() {
  const left = state.times.length - 1 - state.index;
  const steps = [1, 2, 3].map((part) => Math.round((left * part) / COUNT));
  return [...new Set(steps)].filter((step) => step > 0).map((step) => state.index + step);
}

/** Say which frames these are; one that is shown already waits for its new colors. */
function layOut() {
  const frames = laterFrames();
  later.forEach((cell, number) => place(cell, frames[number]));
  place(first, state.index > 0 ? 0 : undefined);
  show(byId("strip-end"), state.times.length > 1 && !frames.length);
}

/** Let a cell show the frame with this number; none if it is undefined. */
function place(made, index) {
  const { frame, cell, label } = made;
  show(cell, index !== undefined);
  if (index === undefined) return;
  const at = state.times[index];
  if (at !== made.at) frame.clear();
  Object.assign(made, { index, at });
  const step = seconds(at) - seconds(state.times[state.index]);
  const far = Math.abs(step).toFixed(Math.abs(step) < 10 ? 2 : 1);
  label.textContent = `${step < 0 ? "−" : "+"}${far} s`;
  const side = step < 0 ? "earlier" : "later";
  cell.setAttribute("aria-label", `${clock(seconds(at))}, ${far} seconds ${side}: go there`);
  cell.classList.add("waiting");
}

/** One after the other, so that the frame in the middle never waits for more than one of them. */
async function drawAll() {
  const started = state.framed;
  for (const { frame, cell, index } of [...later, first]) {
    if (cell.hidden || state.opening) continue;
    const view = state.view === "grey" ? "grey" : state.before ? "automatic" : "color";
    const size = sizeFor(240 * devicePixelRatio);
    const draw = () => frame.draw(state.times[index], view, size);
    const isDrawn = await guarded("stage-notice", draw, "strip");
    if (started !== state.framed) return;
    if (isDrawn) cell.classList.remove("waiting");
  }
}

watch(["index", "times", "hints", "openings", "before", "view"], layOut);
watch(["framed"], drawAll);
