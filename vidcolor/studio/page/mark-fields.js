/** How large the selected mark is, how far it counts and when; copying and deleting it. */

import { byId, show } from "./dom.js";
import { copy, removeSelected, update } from "./edits.js";
import { notice, passing } from "./notices.js";
import { change, selectedEntry, state, target, timeless, watch } from "./state.js";
import { clock, seconds } from "./times.js";

const NAMES = { point: "Point", stroke: "Stroke", region: "Region" };
const SPAN = "..";
const radius = byId("radius");
const strength = byId("strength");
const reach = byId("reach");
const begin = byId("span-begin");
const end = byId("span-end");

function layOut() {
  const mark = target();
  show(byId("chosen"), Boolean(mark));
  show(byId("nothing"), !mark);
  if (!mark) return;
  const { kind, fields } = mark;
  const isDraft = mark === state.draft;
  byId("chosen-name").textContent = isDraft ? `${NAMES[kind]}: which color?` : NAMES[kind];
  show(byId("radius-row"), kind !== "region");
  radius.value = fields.radius ?? state.film.hint_defaults.radius;
  strength.value = fields.strength ?? 1;
  layOutNumbers();
  show(byId("reach-row"), !timeless());
  show(byId("copy-row"), !isDraft && state.shots.length > 1);
  byId("delete").textContent = isDraft ? "Cancel" : "Delete";
  const [first, last] = (fields.for ?? "shot").split(SPAN);
  reach.value = last === undefined ? first : "span";
  show(byId("span"), last !== undefined);
  if (last === undefined) return;
  begin.value = first;
  end.value = last;
}

function layOutNumbers() {
  for (const slider of [radius, strength]) {
    const shown = `${(100 * slider.value).toFixed(slider === radius ? 1 : 0)} %`;
    slider.nextElementSibling.textContent = shown;
    slider.setAttribute("aria-valuetext", shown);
  }
}

/** Set keys of what is selected; a draft keeps them until it has a color. */
function set(fields) {
  if (state.draft)
    change({ draft: { ...state.draft, fields: { ...state.draft.fields, ...fields } } });
  else if (selectedEntry()) update(state.selected, fields);
}

function setReach() {
  if (reach.value !== "span") {
    set({ for: reach.value });
    return;
  }
  // From the mark's own frame on, for a second; rounded down, for a span has to hold its moment.
  const at = Math.floor(1000 * seconds(target().fields.at)) / 1000;
  set({ for: `${clock(at, 3)}${SPAN}${clock(at + 1, 3)}` });
}

function setSpan() {
  const times = [begin, end].map((field) => seconds(field.value));
  if (times.some(Number.isNaN))
    notice("color-notice", "Write times as minutes and seconds, such as 1:12.48.");
  else set({ for: `${begin.value.trim()}${SPAN}${end.value.trim()}` });
}

async function copyToShot() {
  const number = Number(byId("copy-to").value);
  const shot = state.shots[number - 1];
  if (!Number.isInteger(number) || !shot)
    notice("color-notice", `Give the number of a shot, 1 to ${state.shots.length}.`);
  else if (await copy([state.selected], shot.id))
    passing(
      "color-notice",
      `Copied to the first frame of shot ${number}; move it there if need be.`,
    );
}

radius.addEventListener("input", layOutNumbers);
strength.addEventListener("input", layOutNumbers);
radius.addEventListener("change", () => set({ radius: Number(radius.value) }));
strength.addEventListener("change", () => set({ strength: Number(strength.value) }));
reach.addEventListener("change", setReach);
begin.addEventListener("change", setSpan);
end.addEventListener("change", setSpan);
byId("delete").addEventListener("click", removeSelected);
byId("copy-row").addEventListener("submit", (event) => {
  event.preventDefault();
  copyToShot();
});
watch(["selected", "draft", "hints", "film", "shots"], () => state.film && layOut());
watch(["selected", "draft"], () => notice("color-notice", ""));
