/** The marks of the frame shown, drawn over it: selected, moved and told to screen readers. */

import { byId, drawn } from "./dom.js";
import { remove, update } from "./edits.js";
import { inside, toPicture, toStage } from "./place.js";
import { marksOfShot } from "./scrub.js";
import { change, state, watch } from "./state.js";

const STEP = 0.005;
const CLICK_PX = 3;
const NAMES = { point: "Point", stroke: "Stroke", region: "Region" };
const layer = byId("marks");
/** A mark that is being moved: its entry and its places as they are now. */
let moved = null;

/** The places of a mark, whatever its kind. */
export function placesOf(kind, fields) {
  if (kind === "point") return [fields.xy];
  return (kind === "stroke" ? fields.path : fields.polygon) ?? [];
}

/** The fields that say these places. */
export function fieldsOf(kind, places) {
  if (kind === "point") return { xy: places[0] };
  return kind === "stroke" ? { path: places } : { polygon: places };
}

/** A place that stands for a mark: where its suggestions are asked for. */
export function middleOf(kind, fields) {
  const places = placesOf(kind, fields);
  if (!places.length) return null;
  if (kind !== "region") return places[Math.floor(places.length / 2)];
  const sums = places.reduce(([x, y], place) => [x + place[0], y + place[1]], [0, 0]);
  return sums.map((sum) => sum / places.length);
}

function draw() {
  if (!state.film) return;
  const focused = document.activeElement?.closest?.("#marks [data-id]")?.dataset.id;
  const shapes = marksOfShot()
    .filter(({ entry, frame }) => frame === state.index && middleOf(entry.kind, entry))
    .map(({ entry }) => markShape(entry));
  if (state.draft) shapes.push(draftShape(state.draft));
  layer.replaceChildren(...shapes);
  if (focused) layer.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function markShape(entry) {
  const isSelected = entry.id === state.selected;
  const sized = isSelected ? { ...entry, ...state.tried } : entry;
  const places = shownPlaces(entry);
  const group = drawn(
    "g",
    {
      class: `mark ${isSelected ? "selected" : ""}`,
      role: "button",
      tabindex: 0,
      "aria-pressed": isSelected,
      "aria-label": `${NAMES[entry.kind]} ${entry.color}`,
      "data-id": entry.id,
    },
    ...(isSelected ? limitOf(entry.kind, places, sized) : []),
    ...outline(entry.kind, places, sized),
  );
  group.style.setProperty("--mark", entry.color);
  group.addEventListener("pointerdown", (event) => grab(event, entry));
  group.addEventListener("focus", () => change({ selected: entry.id, draft: null }));
  group.addEventListener("keydown", (event) => pressed(event, entry));
  return group;
}

function shownPlaces(entry) {
  return moved?.entry.id === entry.id ? moved.places : placesOf(entry.kind, entry);
}

function draftShape({ kind, fields }) {
  const places = placesOf(kind, fields);
  const sized = { ...fields, ...state.tried };
  const shapes = [...limitOf(kind, places, sized), ...outline(kind, places, sized)];
  return drawn("g", { class: "mark draft", "aria-hidden": "true" }, ...shapes);
}

/** A length in long sides of the picture, in screen pixels. */
function onScreen(length) {
  return length * Math.max(state.film.width, state.film.height) * state.place.scale;
}

/** A thin line as far around a mark as its color may go; none where that is not limited. */
function limitOf(kind, places, { radius = 0, spread }) {
  if (!spread) return [];
  const corners = places.map((place) => toStage(place).join(",")).join("L");
  const ends = { point: "h0", stroke: "", region: "Z" };
  const shape = (color, width) => {
    const fill = kind === "region" ? color : "none";
    const d = `M${corners}${ends[kind]}`;
    return drawn("path", { class: "round", d, stroke: color, fill, "stroke-width": width });
  };
  const width = 2 * onScreen(kind === "region" ? spread : radius + spread);
  const cut = drawn("mask", { id: "limit" }, shape("#fff", width), shape("#000", width - 3));
  const whole = { width: "100%", height: "100%", mask: "url(#limit)", class: "limit" };
  return [cut, drawn("rect", whole)];
}

/** A mark's outline: dark below light, so that it is seen on every picture. */
function outline(kind, places, { radius = 0 }) {
  const points = places.map((place) => toStage(place));
  const size = onScreen(radius);
  if (kind === "point") {
    const [cx, cy] = points[0];
    return [
      drawn("circle", { class: "reach", cx, cy, r: Math.max(size, 9) }),
      drawn("circle", { class: "halo", cx, cy, r: 7 }),
      drawn("circle", { class: "core", cx, cy, r: 5 }),
    ];
  }
  const shape = points.map((point) => point.join(",")).join(" ");
  if (kind === "stroke")
    return [
      drawn("polyline", { class: "band", points: shape, "stroke-width": Math.max(2 * size, 4) }),
      drawn("polyline", { class: "halo", points: shape }),
      drawn("polyline", { class: "rim", points: shape }),
      drawn("polyline", { class: "core", points: shape }),
      ...handles(points),
    ];
  return [
    drawn("polygon", { class: "area", points: shape }),
    drawn("polygon", { class: "halo", points: shape }),
    drawn("polygon", { class: "rim", points: shape }),
    drawn("polygon", { class: "core", points: shape }),
    ...handles(points),
  ];
}

/** Corners that are seen when a mark is selected, and moved one by one; not of long brush lines. */
function handles(points) {
  if (points.length > 24) return [];
  return points.map(([cx, cy], number) =>
    drawn("circle", { class: "corner", cx, cy, r: 5, "data-corner": number }),
  );
}

/** Select a mark, and move it, or one corner of it, for as long as the pointer is down. */
function grab(event, entry) {
  if (event.button !== 0 || state.tool === "dropper") return;
  event.stopPropagation();
  const corner = event.target.dataset.corner;
  const origin = toPicture(event);
  const before = placesOf(entry.kind, entry);
  change({ selected: entry.id, draft: null });
  layer.setPointerCapture(event.pointerId);
  const held = new AbortController();
  const { signal } = held;
  layer.addEventListener("pointermove", follow, { signal });
  layer.addEventListener("pointerup", () => end(true), { signal });
  layer.addEventListener("pointercancel", () => end(false), { signal });

  function follow(next) {
    const [x, y] = toPicture(next);
    const way = Math.hypot(next.clientX - event.clientX, next.clientY - event.clientY);
    if (!moved && way < CLICK_PX) return;
    moved = { entry, places: shifted(before, [x - origin[0], y - origin[1]], corner) };
    draw();
  }

  function end(isMeant) {
    held.abort();
    if (moved && isMeant) put(entry, moved.places);
    else cancel();
  }
}

/** All places, or the one corner, moved by a step; the whole stays within the picture. */
function shifted(places, [right, down], corner) {
  return places.map((place, number) =>
    corner === undefined || Number(corner) === number
      ? inside([place[0] + right, place[1] + down])
      : place,
  );
}

/** Save the places of a mark, which stays there meanwhile; keys may go on moving it. */
async function put(entry, places) {
  const here = { entry, places };
  moved = here;
  draw();
  await update(entry.id, fieldsOf(entry.kind, places));
  if (moved === here) cancel();
}

function cancel() {
  moved = null;
  draw();
}

function pressed(event, entry) {
  const step = event.shiftKey ? 5 * STEP : STEP;
  const steps = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  };
  if (event.key in steps) put(entry, shifted(shownPlaces(entry), steps[event.key], undefined));
  else if (event.key === "Delete" || event.key === "Backspace") remove([entry.id]);
  else if (event.key === "Enter" || event.key === " ") change({ selected: entry.id });
  else return;
  event.preventDefault();
  event.stopPropagation();
}

watch(["hints", "index", "times", "place", "selected", "draft", "tried", "shots", "shot"], draw);
