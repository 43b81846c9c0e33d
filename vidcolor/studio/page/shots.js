/** The shots on the left: a list of which only the rows in sight exist, so thousands scroll. */

import { byId, element, icon, show } from "./dom.js";
import { openShotNumber } from "./session.js";
import { state, timeless, watch } from "./state.js";
import { drawThumbnail, forgetThumbnail } from "./thumbnails.js";
import { clock, seconds } from "./times.js";

const ROW = 76;
const BEYOND = 4;
const OPEN_MS = 150;
const STATES = {
  automatic: "automatic",
  hints: "marks",
  reference: "reference",
  unsure: "unsure",
};
const list = byId("shots");
const rows = new Map();
const sheet = element("div", { class: "sheet", role: "none" });
list.append(sheet);
let opening;

/** Make the rows in sight, drop the others, and keep those that stay as they are. */
function layOut() {
  sheet.style.height = `${ROW * state.shots.length}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - BEYOND);
  const end = Math.ceil((list.scrollTop + list.clientHeight) / ROW) + BEYOND;
  const wanted = state.shots.slice(first, end);
  const ids = new Set(wanted.map((shot) => shot.id));
  for (const [id, { row }] of rows) {
    if (ids.has(id)) continue;
    row.remove();
    rows.delete(id);
    forgetThumbnail(id);
  }
  wanted.forEach((shot, offset) => fillRow(shot, first + offset));
  const current = rows.get(state.shot);
  if (current) list.setAttribute("aria-activedescendant", current.row.id);
  else list.removeAttribute("aria-activedescendant");
}

function fillRow(shot, number) {
  const made = rows.get(shot.id) ?? makeRow(shot);
  const { row, label } = made;
  row.style.transform = `translateY(${ROW * number}px)`;
  row.dataset.number = number;
  row.setAttribute("aria-selected", shot.id === state.shot);
  row.setAttribute("aria-posinset", number + 1);
  row.setAttribute("aria-setsize", state.surveyed ? state.shots.length : -1);
  const said = `${shot.state} ${shot.stale} ${number} ${shot.end}`;
  if (made.said === said) return;
  made.said = said;
  const length = seconds(shot.end) - seconds(shot.begin);
  label.replaceChildren(
    element("b", {}, `${number + 1}`),
    shot.stale
      ? element("span", { class: "badge waits" }, icon("stale"), "waits")
      : element("span", { class: "length" }, `${length.toFixed(1)} s`),
    element("span", { class: "when" }, clock(seconds(shot.begin), 1)),
    element("span", { class: `badge ${shot.state}` }, icon(shot.state), STATES[shot.state]),
  );
}

function makeRow(shot) {
  const canvas = element("canvas", { width: 96, height: 64 });
  const label = element("div", { class: "about" });
  const row = element(
    "div",
    { id: `shot-${shot.id}`, class: "shot", role: "option" },
    canvas,
    label,
  );
  row.addEventListener("click", () => openShotNumber(Number(row.dataset.number)));
  sheet.append(row);
  const made = { row, label, said: "" };
  rows.set(shot.id, made);
  drawThumbnail(shot.id, canvas);
  return made;
}

/** Bring the shot that is open into sight. */
function follow() {
  const number = state.shots.findIndex((shot) => shot.id === state.shot);
  if (number < 0) return;
  const top = number * ROW;
  const low = top + ROW - list.clientHeight;
  if (list.scrollTop > top) list.scrollTop = top;
  else if (list.scrollTop < low) list.scrollTop = low;
  layOut();
}

function count() {
  const unsure = state.shots.filter((shot) => shot.state === "unsure").length;
  const told = [`${state.shots.length} ${state.shots.length === 1 ? "shot" : "shots"}`];
  if (unsure) told.push(`${unsure} unsure`);
  if (!state.surveyed) told.push("still looking …");
  byId("shot-count").textContent = told.join(" · ");
}

/** Up and down open the next shot when the key rests, so that holding it opens but one. */
list.addEventListener("keydown", (event) => {
  const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
  const ends = { Home: 0, End: state.shots.length - 1 };
  const current = Number(list.dataset.next ?? openNumber());
  const wanted = event.key in steps ? current + steps[event.key] : ends[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const number = Math.max(0, Math.min(state.shots.length - 1, wanted));
  list.dataset.next = number;
  clearTimeout(opening);
  opening = setTimeout(() => {
    delete list.dataset.next;
    openShotNumber(number);
  }, OPEN_MS);
});

function openNumber() {
  return state.shots.findIndex((shot) => shot.id === state.shot);
}

list.addEventListener("scroll", () => requestAnimationFrame(layOut), { passive: true });
new ResizeObserver(layOut).observe(list);
watch(["shots", "surveyed"], () => {
  layOut();
  count();
});
watch(["shot"], follow);
watch(["film"], () => {
  show(byId("shots-panel"), !timeless());
  document.body.classList.toggle("timeless", timeless());
});
