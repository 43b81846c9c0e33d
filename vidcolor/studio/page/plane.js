/** The plane of all chroma that the brightness of a place can have: U across, V up. */

import { Latest, askForPicture } from "./api.js";
import { chroma, hexOfName } from "./colors.js";
import { byId } from "./dom.js";
import { give } from "./edits.js";
import { Gamut, SIDE } from "./gamut.js";
import { middleOf } from "./marks.js";
import { guarded } from "./notices.js";
import { change, now, state, target, watch } from "./state.js";

const SETTLED_MS = 500;
const canvas = byId("plane");
const latest = new Latest();
let asked = "";
/** The chroma chosen, while it is not yet given. */
let chosen = null;
let settled;

async function refresh() {
  const mark = target();
  const xy = mark && middleOf(mark.kind, mark.fields);
  const wanted = xy
    ? `/api/plane?${new URLSearchParams({ at: mark.fields.at ?? now(), x: xy[0], y: xy[1], size: SIDE })}`
    : "";
  if (wanted !== asked) {
    asked = wanted;
    change({ gamut: null });
    const picture =
      wanted &&
      (await guarded(
        "suggest-notice",
        () => latest.run((signal) => askForPicture(wanted, signal)),
        "plane",
      ));
    if (wanted !== asked) return;
    if (picture) change({ gamut: new Gamut(picture) });
  }
  chosen = null;
  draw();
}

function draw() {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!state.gamut) return;
  state.gamut.draw(context);
  cross(context, place([0, 0]));
  const marked = chosen ?? given();
  canvas.setAttribute(
    "aria-valuetext",
    marked ? (state.gamut.color(marked) ?? "none") : "none chosen",
  );
  canvas.setAttribute("aria-valuenow", marked ? Math.round(100 * (marked[0] + 0.5)) : 50);
  if (marked) ring(context, place(marked));
}

/** Where grey lies. */
function cross(context, [x, y]) {
  context.beginPath();
  context.moveTo(x - 6, y);
  context.lineTo(x + 6, y);
  context.moveTo(x, y - 6);
  context.lineTo(x, y + 6);
  context.strokeStyle = "rgb(0 0 0 / 55%)";
  context.lineWidth = 1;
  context.stroke();
}

function ring(context, [x, y]) {
  for (const [style, width] of [
    ["#000", 5],
    ["#fff", 2.5],
  ]) {
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
}

/** The chroma that the mark has; null if it has none yet. */
function given() {
  const color = target()?.fields.color;
  const hex = color && hexOfName(color);
  return hex ? chroma(hex) : null;
}

/** Where in the canvas a chroma lies. */
function place(uv) {
  return state.gamut.fractions(uv).map((part) => part * canvas.width);
}

function point(event) {
  const box = canvas.getBoundingClientRect();
  const fractions = [
    (event.clientX - box.left) / box.width,
    (event.clientY - box.top) / box.height,
  ];
  chosen = state.gamut.held(state.gamut.chroma(fractions));
  draw();
}

function giveChosen() {
  const color = chosen && state.gamut?.color(chosen);
  if (color) give(color);
}

canvas.addEventListener("pointerdown", (event) => {
  if (!state.gamut) return;
  canvas.setPointerCapture(event.pointerId);
  point(event);
});
canvas.addEventListener("pointermove", (event) => {
  if (state.gamut && canvas.hasPointerCapture(event.pointerId)) point(event);
});
canvas.addEventListener("pointerup", giveChosen);
canvas.addEventListener("keydown", (event) => {
  const step = event.shiftKey ? 0.04 : 0.008;
  const steps = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, step],
    ArrowDown: [0, -step],
  };
  if (!state.gamut || !(event.key in steps)) return;
  event.preventDefault();
  event.stopPropagation();
  const from = chosen ?? given() ?? [0, 0];
  chosen = state.gamut.held(from.map((part, axis) => part + steps[event.key][axis]));
  draw();
  clearTimeout(settled);
  settled = setTimeout(giveChosen, SETTLED_MS); // one step to undo, however many keys
});

watch(["selected", "draft", "hints", "index"], () => {
  if (state.film) refresh();
});
