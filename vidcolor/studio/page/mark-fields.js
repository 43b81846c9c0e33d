/** How large the selected mark is, how far it counts, goes and when; copying and deleting it. */

import { byId, show } from "./dom.js";
import { copy, remember, removeSelected, update } from "./edits.js";
import { notice, passing } from "./notices.js";
import { change, selectedEntry, state, target, timeless, watch } from "./state.js";
import { SPAN, clock, seconds } from "./times.js";

const NAMES = { point: "Point", stroke: "Stroke", region: "Region" };
const ALIKE =
  "It spreads to what looks alike, and follows it; drag it to move it. If it runs too far, lower " +
  "Spread, keep the color of a place there, or draw a Region instead.";
const INSIDE =
  "It follows what is inside. Where it is lost, go to that frame, draw it anew, and take over.";
const STILL = "It colors what is inside. Raise Spread if the color should go on around it.";
const radius = byId("radius");
const strength = byId("strength");
const spread = byId("spread");
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
  byId("spread-line").textContent = kind !== "region" ? ALIKE : timeless() ? STILL : INSIDE;
  strength.value = fields.strength ?? 1;
  spread.value = Math.sqrt(fields.spread ?? 1);
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
  const limit = spreadSet();
  spread.nextElementSibling.textContent = limit === null ? "free" : `${(100 * limit).toFixed(1)} %`;
  const told = limit === null ? "as far as things look alike" : `${(100 * limit).toFixed(1)} %`;
  spread.setAttribute("aria-valuetext", told);
}

/**
 * How far the color may go, in long sides of the picture; null at the slider's end: anywhere. Its
 * places are the square roots of that, so that small ones are told apart.
 */
function spreadSet() {
  const share = Number(spread.value);
  return share === 1 ? null : Math.round(1000 * share ** 2) / 1000;
}

/** Set keys of what is selected; a draft keeps them until it has a color. */
function set(fields) {
  if (state.draft)
    change({ draft: { ...state.draft, fields: { ...state.draft.fields, ...fields } } });
  else if (selectedEntry()) update(state.selected, fields);
}

/** Set a number that the next mark of its kind begins with, too. */
function setNumber(fields) {
  remember(target().kind, fields);
  set(fields);
  change({ tried: null });
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

for (const slider of [radius, strength, spread]) slider.addEventListener("input", layOutNumbers);
radius.addEventListener("input", () => change({ tried: { radius: Number(radius.value) } }));
spread.addEventListener("input", () => change({ tried: { spread: spreadSet() } }));
radius.addEventListener("change", () => setNumber({ radius: Number(radius.value) }));
strength.addEventListener("change", () => setNumber({ strength: Number(strength.value) }));
spread.addEventListener("change", () => setNumber({ spread: spreadSet() }));
reach.addEventListener("change", setReach);
begin.addEventListener("change", setSpan);
end.addEventListener("change", setSpan);
byId("delete").addEventListener("click", removeSelected);
byId("copy-row").addEventListener("submit", (event) => {
  event.preventDefault();
  copyToShot();
});
watch(["selected", "draft", "hints", "film", "shots"], () => state.film && layOut());
watch(["selected", "draft"], () => {
  change({ tried: null }); // a slider that is back where it was tells of no change
  notice("color-notice", "");
});
