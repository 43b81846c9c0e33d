/** The frame in the middle: grey, colored, or split by a line; never colors of another frame. */

import { byId, show } from "./dom.js";
import { FrameCanvas, sizeFor } from "./frames.js";
import { guarded } from "./notices.js";
import { toStage } from "./place.js";
import { change, now, openShot, state, watch } from "./state.js";

const BUSY_MS = 200;
const EXACT_MS = 800;
const LINE = "stage-notice";
const stage = byId("stage");
const handle = byId("split");
const grey = new FrameCanvas(byId("grey"));
const colored = new FrameCanvas(byId("colored"));
let busy;
/** Who looks at pixels, and rests, is shown the frame that colorize gives; it takes seconds. */
let exact;

/** The canvas that the eyedropper reads: the colored one wherever it shows. */
export function picked(place) {
  const isLeft = toStage(place)[0] < state.split * stage.clientWidth;
  const isGrey = state.view === "grey" || (state.view === "split" && isLeft);
  return isGrey || !colored.shown ? grey.canvas : colored.canvas;
}

async function draw() {
  if (state.start === null) return;
  const at = now();
  const hasColor = state.times.length > 0 && !state.opening;
  const view = state.before ? "automatic" : "color";
  const long = Math.max(state.film.width, state.film.height);
  const size = sizeFor(long * state.place.scale * devicePixelRatio);
  if (colored.shown && (colored.shown.at !== at || !hasColor)) colored.clear();
  clearTimeout(busy);
  clearTimeout(exact);
  busy = setTimeout(() => stage.classList.add("busy"), BUSY_MS);
  layOut();
  const wanted = [guarded(LINE, () => grey.draw(at, "grey", size), "grey").then(layOut)];
  if (state.view !== "grey" && hasColor)
    wanted.push(guarded(LINE, () => colored.draw(at, view, size), "color").then(layOut));
  const drawn = await Promise.all(wanted);
  if (at !== now()) return;
  clearTimeout(busy);
  stage.classList.remove("busy");
  if (hasColor) change({ framed: state.framed + 1 });
  const { scale, fits } = state.place;
  if (view === "color" && drawn[1] && !fits && scale * devicePixelRatio >= 1)
    exact = setTimeout(() => guarded(LINE, () => colored.draw(at, view, null), "color"), EXACT_MS);
}

/** Put both canvases and the line of the split where the picture lies. */
function layOut(result) {
  stage.dataset.view = state.view;
  const { scale, left, top, fits } = state.place;
  const { width, height } = state.film;
  for (const { canvas } of [grey, colored]) {
    canvas.style.width = `${width * scale}px`;
    canvas.style.height = `${height * scale}px`;
    canvas.style.transform = `translate(${left}px, ${top}px)`;
    canvas.classList.toggle("pixels", !fits && scale * devicePixelRatio >= 2);
  }
  const isSplit = state.view === "split";
  show(grey.canvas, Boolean(grey.shown));
  show(colored.canvas, Boolean(colored.shown) && state.view !== "grey");
  const line = state.split * stage.clientWidth;
  colored.canvas.style.clipPath = isSplit ? `inset(0 0 0 ${Math.max(0, line - left)}px)` : "none";
  show(handle, isSplit);
  handle.style.left = `${line}px`;
  handle.setAttribute("aria-valuenow", Math.round(100 * state.split));
  return result;
}

/** Say what the picture shows that can't be seen from it. */
function label() {
  const shot = openShot();
  show(byId("stale"), Boolean(shot?.stale));
  show(byId("before"), state.before);
  stage.classList.toggle("bare", state.before);
  const work = state.opening ?? state.pass;
  show(byId("opening"), Boolean(work));
  if (!work) return;
  byId("opening-line").textContent = work.line;
  byId("opening-bar").value = work.fraction ?? 0;
}

function moveSplit(x) {
  const part = (x - stage.getBoundingClientRect().left) / stage.clientWidth;
  change({ split: Math.max(0, Math.min(1, part)) });
}

handle.addEventListener("pointerdown", (event) => {
  event.stopPropagation();
  handle.setPointerCapture(event.pointerId);
});
handle.addEventListener("pointermove", (event) => {
  if (handle.hasPointerCapture(event.pointerId)) moveSplit(event.clientX);
});
handle.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 };
  if (!(event.key in steps)) return;
  event.preventDefault();
  event.stopPropagation();
  change({ split: Math.max(0, Math.min(1, state.split + steps[event.key])) });
});

/** Only what changes a frame asks for it anew; the rest moves what is there. */
watch(["start", "index", "times", "openings", "opening", "hints", "before", "view"], draw);
watch(["split"], layOut);
watch(["opening", "pass", "shots", "shot", "before"], label);
let settled;
watch(["place"], () => {
  layOut();
  clearTimeout(settled); // a wheel turns many times: ask for the size when it rests
  settled = setTimeout(draw, 120);
});
