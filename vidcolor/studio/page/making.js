/** A sitting of a maker: how much time is left for the photograph, and the next one after that. */

import { ask } from "./api.js";
import { byId, show } from "./dom.js";
import { settled } from "./edits.js";
import { guarded } from "./notices.js";
import { state, watch } from "./state.js";

const LINE = "stage-notice";
const LOOK = 200; // milliseconds between two looks at the clock
let ends = null; // by performance.now()

/** Show what the sitting is about; the rest of the studio steps back. */
function layOut() {
  const { sitting } = state.film;
  if (!sitting || document.body.classList.contains("making")) return;
  document.body.classList.add("making");
  document.body.classList.toggle("without-suggestions", !sitting.suggestions);
  byId("making-number").textContent = `Photograph ${sitting.number} of ${sitting.count}`;
  tell(sitting.left);
  show(byId("making"), true);
}

/** The time begins when the photograph is there. */
async function begin() {
  if (!state.film?.sitting || ends !== null || !state.framed || state.opening) return;
  ends = Infinity;
  const answer = await guarded(LINE, () => ask("/api/sitting/begin", { method: "POST" }));
  ends = answer ? performance.now() + 1000 * answer.left : null;
  if (answer) setInterval(look, LOOK);
}

function look() {
  const left = (ends - performance.now()) / 1000;
  tell(Math.max(0, left));
  if (left <= 0) next();
}

function tell(seconds) {
  const whole = Math.ceil(seconds);
  const rest = String(whole % 60).padStart(2, "0");
  byId("making-left").textContent = `${Math.floor(whole / 60)}:${rest} left`;
}

/** End this photograph once all is saved, and go on to the next one. */
async function next() {
  if (document.body.inert) return;
  document.body.inert = true;
  await settled();
  const answer = await guarded(LINE, () => ask("/api/sitting/next", { method: "POST" }));
  if (answer && !answer.done) {
    location.replace("/");
    return;
  }
  document.body.inert = false;
  show(byId("making-done"), Boolean(answer));
  ends = answer ? Infinity : ends;
}

watch(["film"], layOut);
watch(["framed", "opening", "film"], begin);
byId("making-next").addEventListener("click", next);
