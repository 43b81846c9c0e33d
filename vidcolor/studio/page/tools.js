/** What a pointer or the keyboard does on the stage: points, strokes, regions, eyedropper, moving. */

import { colorAt } from "./colors.js";
import { byId, drawn } from "./dom.js";
import { draft, give } from "./edits.js";
import { notice } from "./notices.js";
import { inside, isInside, pan, toPicture, toStage, zoom } from "./place.js";
import { picked } from "./stage.js";
import { change, state, watch } from "./state.js";

const CLICK_PX = 4;
const CLOSE_PX = 12;
const GRAIN = 0.004;
/** The places that a mark needs. */
const LEAST = { stroke: 2, region: 3 };
const stage = byId("stage");
const sketch = byId("sketch");
const pointers = new Map();
/** Places of a stroke or region that is being drawn, and what the pointer began with. */
let places = [];
let pressed = null;
/** Where the keyboard's crosshair stands, in fractions of the picture. */
let cross = [0.5, 0.5];
let crossShown = false;

/** Mark a place as the tool does: what a click there would do. */
function use(place) {
  if (!isInside(place)) {
    change({ draft: null, selected: null });
    return;
  }
  if (state.tool === "point") draft("point", { xy: inside(place) });
  else if (state.tool === "dropper") drop(colorAt(picked(place), place));
  else corner(inside(place));
}

/** Take a color from a picture for what is selected; then the tool before is back. */
export function drop(color) {
  if (!color) return;
  if (give(color)) change({ tool: "point" });
  else notice("stage-notice", "First click a place in the picture, then take a color for it.");
}

/** Add a corner; near the first one, or the last one again, what is drawn ends. */
function corner(place) {
  const isLast = places.length > 0 && near(places.at(-1), place);
  const isFirst = state.tool === "region" && places.length > 0 && near(places[0], place);
  if ((isFirst || isLast) && places.length >= LEAST[state.tool]) finish();
  else if (!isLast) places.push(place);
  drawSketch();
  if (places.length === 1) change({ selected: null, draft: null });
}

function near(place, other) {
  const [x, y] = toStage(place);
  const [left, top] = toStage(other);
  return Math.hypot(x - left, y - top) < CLOSE_PX;
}

/** End what is being drawn: it waits for its color. */
export function finish() {
  const isWhole = places.length >= LEAST[state.tool];
  if (isWhole && state.tool === "stroke") draft("stroke", { path: places });
  if (isWhole && state.tool === "region") draft("region", { polygon: places });
  places = [];
  drawSketch();
}

/** Leave off: what is being drawn, else the draft, else the eyedropper, else the selection. */
export function leave() {
  if (places.length) places = [];
  else if (state.draft) change({ draft: null });
  else if (state.tool === "dropper") change({ tool: "point" });
  else change({ selected: null });
  drawSketch();
}

/** The crosshair is there for as long as the keyboard works on the stage. */
function showCross(shown) {
  crossShown = shown;
  drawSketch();
}

function drawSketch() {
  const points = places.map((place) => toStage(place).join(",")).join(" ");
  const shapes = ["halo", "core"].map((name) => drawn("polyline", { class: name, points }));
  if (state.tool === "region" && places.length > 2) {
    const ends = [places.at(-1), places[0]].map((place) => toStage(place).join(",")).join(" ");
    shapes.push(drawn("polyline", { class: "core closing", points: ends }));
  }
  for (const [cx, cy] of state.tool === "region" ? places.slice(0, 1).map(toStage) : [])
    shapes.push(drawn("circle", { class: "first", cx, cy, r: 6 }));
  const [x, y] = toStage(cross);
  stage.classList.toggle("keyboard", crossShown);
  if (crossShown)
    for (const name of ["halo", "core"])
      shapes.push(
        drawn("path", { class: `cross ${name}`, d: `M${x - 12},${y}h24M${x},${y - 12}v24` }),
      );
  sketch.replaceChildren(...shapes);
  change({ sketched: places.length });
}

stage.addEventListener("pointerdown", (event) => {
  pointers.set(event.pointerId, event);
  stage.setPointerCapture(event.pointerId);
  if (isInside(toPicture(event))) cross = inside(toPicture(event));
  showCross(false);
  const isPan = event.button === 1 || pointers.size > 1;
  const isNew = state.tool === "stroke" || (state.tool === "region" && !places.length);
  const isFree = isNew && !isPan && isInside(toPicture(event)); // drawn for as long as it is down
  pressed = { x: event.clientX, y: event.clientY, isPan, isFree, isMoved: pointers.size > 1 };
  if (isFree) places = [inside(toPicture(event))];
  if (isPan) places = [];
  if (event.button === 1) event.preventDefault();
});

stage.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before || !pressed) return;
  pointers.set(event.pointerId, event);
  if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > CLICK_PX)
    pressed.isMoved = true;
  if (pointers.size === 2) pinch(event, before);
  else if (pressed.isFree) sketchOn(event);
  else if (pressed.isMoved) pan(event.clientX - before.clientX, event.clientY - before.clientY);
});

stage.addEventListener("pointerup", (event) => {
  const wasTwo = pointers.size > 1;
  pointers.delete(event.pointerId);
  if (!pressed || wasTwo) return;
  const isDrawn = pressed.isFree && pressed.isMoved;
  if (isDrawn && places.length >= LEAST[state.tool]) finish();
  else if (!pressed.isMoved && event.button === 0) use(toPicture(event));
  pressed = null;
});

stage.addEventListener("pointercancel", (event) => {
  pointers.delete(event.pointerId);
  pressed = null;
  places = [];
  drawSketch();
});

/** Two fingers zoom and move at once. */
function pinch(event, before) {
  const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
  const box = stage.getBoundingClientRect();
  const gap = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  zoom(gap(event) / Math.max(1, gap(before)), [
    (event.clientX + other.clientX) / 2 - box.left,
    (event.clientY + other.clientY) / 2 - box.top,
  ]);
  pan((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
}

/** Add to the stroke where the pointer went a little further. */
function sketchOn(event) {
  const place = inside(toPicture(event));
  const end = places.at(-1);
  if (!end || Math.hypot(place[0] - end[0], place[1] - end[1]) < GRAIN) return;
  places.push(place);
  drawSketch();
}

stage.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(1.0015 ** -event.deltaY, [event.clientX - box.left, event.clientY - box.top]);
  },
  { passive: false },
);

/** The keyboard on the stage: arrows move a crosshair, Enter clicks there. */
stage.addEventListener("keydown", (event) => {
  if (event.target !== stage || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.shiftKey ? 0.05 : 0.01;
  const steps = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  };
  if (event.key in steps)
    cross = inside([cross[0] + steps[event.key][0], cross[1] + steps[event.key][1]]);
  else if (event.key === "Enter" && (event.shiftKey || (!crossShown && places.length > 1)))
    finish();
  else if (event.key === "Enter") use(cross);
  else return;
  event.preventDefault();
  event.stopPropagation();
  showCross(true);
});

stage.addEventListener("focus", () => showCross(stage.matches(":focus-visible")));
stage.addEventListener("blur", () => showCross(false));
watch(["place"], drawSketch);
watch(["tool", "index", "shot"], () => {
  places = [];
  stage.dataset.tool = state.tool;
  drawSketch();
});
