/** Where the picture lies on the stage: fitted, zoomed to pixels, moved. */

import { byId } from "./dom.js";
import { change, state, watch } from "./state.js";

const MOST_SCALE = 32;
const MARGIN = 16;
const stage = byId("stage");

/** Screen pixels, from the stage's corner, of a place in fractions of the picture. */
export function toStage([x, y]) {
  const { scale, left, top } = state.place;
  return [left + x * state.film.width * scale, top + y * state.film.height * scale];
}

/** A place in fractions of the picture, of a pointer's event. */
export function toPicture({ clientX, clientY }) {
  const { scale, left, top } = state.place;
  const box = stage.getBoundingClientRect();
  return [
    (clientX - box.left - left) / (state.film.width * scale),
    (clientY - box.top - top) / (state.film.height * scale),
  ];
}

/** Whether a place lies in the picture. */
export function isInside([x, y]) {
  return x >= 0 && y >= 0 && x <= 1 && y <= 1;
}

/** The nearest place in the picture, to six digits, as the hints file keeps it. */
export function inside(place) {
  return place.map((part) => Number(Math.max(0, Math.min(1, part)).toFixed(6)));
}

/** Show the whole picture, as large as the stage holds it. */
export function fit() {
  const { width, height } = state.film;
  const scale = fitting();
  const left = (stage.clientWidth - width * scale) / 2;
  change({ place: { scale, left, top: (stage.clientHeight - height * scale) / 2, fits: true } });
}

/** Show the picture `factor` times as large; the place under `at` stays, by default the middle. */
export function zoom(factor, at = middle()) {
  const { scale, left, top } = state.place;
  const wanted = Math.max(fitting(), Math.min(MOST_SCALE, scale * factor));
  if (wanted === fitting()) {
    fit();
    return;
  }
  const ratio = wanted / scale;
  const moved = [at[0] - (at[0] - left) * ratio, at[1] - (at[1] - top) * ratio];
  put(wanted, moved);
}

/** Show a pixel of the picture as so many of the screen. */
export function zoomTo(scale, at = middle()) {
  zoom(scale / state.place.scale, at);
}

/** Move the picture by screen pixels. */
export function pan(right, down) {
  const { scale, left, top, fits } = state.place;
  if (!fits) put(scale, [left + right, top + down]);
}

/** Put the picture somewhere, but never out of sight. */
function put(scale, corner) {
  const sizes = [state.film.width * scale, state.film.height * scale];
  const spaces = [stage.clientWidth, stage.clientHeight];
  const [left, top] = corner.map((part, axis) => {
    const slack = spaces[axis] - sizes[axis];
    if (slack > 0) return slack / 2;
    return Math.max(slack - MARGIN, Math.min(MARGIN, part));
  });
  change({ place: { scale, left, top, fits: false } });
}

function fitting() {
  const { width, height } = state.film;
  return Math.min(
    (stage.clientWidth - 2 * MARGIN) / width,
    (stage.clientHeight - 2 * MARGIN) / height,
  );
}

function middle() {
  return [stage.clientWidth / 2, stage.clientHeight / 2];
}

new ResizeObserver(() => {
  if (!state.film) return;
  if (state.place.fits) fit();
  else pan(0, 0);
}).observe(stage);
watch(["film"], () => state.place.fits && fit());
