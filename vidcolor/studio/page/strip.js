/** Three later frames of the shot, spread up to its end: how far what was changed holds. */

import { byId, element, show } from "./dom.js";
import { FrameCanvas, sizeFor } from "./frames.js";
import { guarded } from "./notices.js";
import { seek } from "./session.js";
import { state, watch } from "./state.js";
import { clock, seconds } from "./times.js";

const COUNT = 3;
const cells = Array.from({ length: COUNT }, () => {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const label = element("span");
  const cell = element("button", { type: "button", class: "later" }, canvas, label);
  const later = { frame: new FrameCanvas(canvas), cell, label, index: 0, at: null };
  cell.addEventListener("click", () => seek(later.index));
  return later;
});
byId("strip").append(...cells.map(({ cell }) => cell));

/** Numbers of up to three frames behind the one shown, the shot's last among them. */
function laterFrames() {
  const left = state.times.length - 1 - state.index;
  const steps = [1, 2, 3].map((part) => Math.round((left * part) / COUNT));
  return [...new Set(steps)].filter((step) => step > 0).map((step) => state.index + step);
}

/** Say which frames these are; one that is shown already waits for its new colors. */
function layOut() {
  const frames = laterFrames();
  cells.forEach((later, number) => {
    const index = frames[number];
    show(later.cell, index !== undefined);
    if (index === undefined) return;
    if (state.times[index] !== later.at) later.frame.clear();
    later.index = index;
    later.at = state.times[index];
    const step = seconds(state.times[index]) - seconds(state.times[state.index]);
    later.label.textContent = `+${step.toFixed(step < 10 ? 2 : 1)} s`;
    const time = clock(seconds(state.times[index]));
    later.cell.setAttribute("aria-label", `${time}, ${step.toFixed(2)} seconds later: go there`);
    later.cell.classList.add("waiting");
  });
  show(byId("strip-end"), state.times.length > 1 && !frames.length);
}

/** One after the other, so that the frame in the middle never waits for more than one of them. */
async function drawAll() {
  const started = state.framed;
  for (const { frame, cell, index } of cells) {
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
