/** The bar on top: tools, views, zoom, undo and redo, Update, and whose film it is. */

import { ask } from "./api.js";
import { byId, element, iconButton } from "./dom.js";
import { redo, undo } from "./edits.js";
import { openHelp } from "./help.js";
import { guarded } from "./notices.js";
import { fit, zoom } from "./place.js";
import { change, state, watch } from "./state.js";
import { clock, seconds } from "./times.js";

const CLICK_MS = 300;
const percent = element("button", {
  type: "button",
  class: "tool wide",
  "aria-label": "Fit the picture",
  title: "Fit the picture (0)",
  onclick: fit,
});
const buttons = {
  undo: iconButton("undo", "Undo", undo, "Ctrl+Z"),
  redo: iconButton("redo", "Redo", redo, "Ctrl+Shift+Z"),
};
const waits = element(
  "button",
  {
    type: "button",
    class: "main away",
    title: "Look through the film for what waits (U)",
    onclick: renew,
  },
  "Update",
);

/** Begin the pass over the film that stale shots wait for. */
export function renew() {
  if (state.shots.some((shot) => shot.stale))
    guarded("stage-notice", () => ask("/api/update", { method: "POST" }), "update");
}

/** Show what is named by a radio button of the bar, and the other way round. */
function bind(name) {
  const radios = document.querySelectorAll(`input[name="${name}"]`);
  for (const radio of radios)
    radio.addEventListener("change", () => change({ [name]: radio.value }));
  watch([name], () => {
    for (const radio of radios) radio.checked = radio.value === state[name];
  });
}

byId("zooms").append(
  iconButton("minus", "Zoom out", () => zoom(1 / 1.5), "-"),
  percent,
  iconButton("plus", "Zoom in", () => zoom(1.5), "+"),
);
byId("steps").append(waits, buttons.undo, buttons.redo, iconButton("help", "Keys", openHelp, "?"));
bind("tool");
bind("view");

/** Held, the button does what the key does; a click stays until the next one. */
const hold = byId("hold-before");
let press = null;
hold.addEventListener("pointerdown", (event) => {
  hold.setPointerCapture(event.pointerId);
  press = { at: event.timeStamp, wasOn: state.before };
  change({ before: true });
});
hold.addEventListener("pointerup", (event) => {
  change({ before: event.timeStamp - press.at < CLICK_MS && !press.wasOn });
});
hold.addEventListener("pointercancel", () => change({ before: false }));
hold.addEventListener("click", (event) => {
  if (event.detail === 0) change({ before: !state.before }); // by the keyboard
});

watch(["place"], () => {
  const shown = 100 * state.place.scale * devicePixelRatio;
  percent.textContent = `${shown.toFixed(0)} %`;
});
watch(["hints", "draft"], () => {
  buttons.undo.disabled = !state.hints.can_undo && !state.draft;
  buttons.redo.disabled = !state.hints.can_redo;
});
/** Its place stays free, so that nothing moves under the pointer. */
watch(["shots"], () => waits.classList.toggle("away", !state.shots.some((shot) => shot.stale)));
watch(["before"], () => hold.setAttribute("aria-pressed", state.before));
watch(["film"], () => {
  const { name, width, height, duration } = state.film;
  byId("film-name").textContent = name;
  document.title = `${name} – vidcolor studio`;
  const size = `${width} × ${height}`;
  byId("film-about").textContent = duration ? `${size}, ${clock(seconds(duration), 0)}` : size;
});
