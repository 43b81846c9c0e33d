/** The playhead of the shot: a slider, its time, and where marks were given. */

import { byId, drawn } from "./dom.js";
import { openShotNumber, seek } from "./session.js";
import { isMark, now, openShot, state, watch } from "./state.js";
import { clock, frameAt, seconds } from "./times.js";

const slider = byId("scrub");

/** Show the frame `step` further, within the shot. */
export function stepFrames(step) {
  seek(state.index + step);
}

/** Open the shot `step` further. */
export function stepShots(step) {
  openShotNumber(state.shots.findIndex((shot) => shot.id === state.shot) + step);
}

/** The entries of the shot that is open which are marks, each with its frame's number. */
export function marksOfShot() {
  const shot = openShot();
  // A shot that the survey has not come to is known by its frames alone.
  const [first, end] = shot
    ? [seconds(shot.begin), seconds(shot.end)]
    : [seconds(state.times[0] ?? "0"), seconds(state.times.at(-1) ?? "0") + 1e-3];
  return state.hints.entries
    .filter(isMark)
    .map((entry) => ({ entry, time: seconds(entry.at ?? "0") }))
    .filter(({ time }) => time >= first && time < end)
    .map(({ entry, time }) => ({ entry, frame: frameAt(state.times, time) }));
}

function layOut() {
  const last = Math.max(0, state.times.length - 1);
  slider.max = last;
  slider.value = state.index;
  slider.disabled = last === 0;
  const time = clock(seconds(now()), 3);
  slider.setAttribute("aria-valuetext", `frame ${state.index + 1} of ${last + 1}, at ${time}`);
  byId("time").textContent = time;
  byId("frame-number").textContent = `${state.index + 1} / ${last + 1}`;
  const frames = new Set(marksOfShot().map(({ frame }) => frame));
  const ticks = [...frames].map((frame) => {
    const x = last ? (100 * frame) / last : 0;
    return drawn("line", { x1: `${x}%`, x2: `${x}%`, y1: 0, y2: 6 });
  });
  byId("ticks").replaceChildren(...ticks);
}

slider.addEventListener("input", () => seek(Number(slider.value)));
byId("frame-back").addEventListener("click", () => stepFrames(-1));
byId("frame-on").addEventListener("click", () => stepFrames(1));
watch(["index", "times", "hints", "shots"], layOut);
