/** Nine likely colors for what is selected, the likeliest first, also under the keys 1 to 9. */

import { Latest, ask, patiently } from "./api.js";
import { byId, element, refill, show } from "./dom.js";
import { give } from "./edits.js";
import { middleOf } from "./marks.js";
import { guarded } from "./notices.js";
import { now, state, target, watch } from "./state.js";

/** A luma below and above which next to no color is seen, and one that holds them all. */
const [BLACK, WHITE, MIDDLE] = [0.06, 0.96, 0.5];
const latest = new Latest();
const place = byId("suggestions");
const told = byId("extreme");
let asked = "";
let suggested = [];
let luma = MIDDLE;

/** Give what is selected the suggestion with this number, from 0. */
export function take(number) {
  if (target() && suggested[number]) give(suggested[number].color);
}

async function refresh() {
  const mark = target();
  const xy = mark && middleOf(mark.kind, mark.fields);
  const at = mark?.fields.at ?? now();
  // The nine stay while their mark is given one of them; another look at it knows the answer.
  const wanted = xy && !state.opening ? JSON.stringify([at, xy]) : "";
  if (wanted === asked) {
    layOut();
    return;
  }
  asked = wanted;
  suggested = [];
  luma = MIDDLE;
  layOut();
  if (!wanted) {
    latest.stop();
    return;
  }
  const suggest = (signal) => ask("/api/suggest", { method: "POST", body: { at, xy }, signal });
  const answer = await guarded("suggest-notice", () =>
    latest.run((signal) => patiently(() => suggest(signal), signal)),
  );
  if (wanted !== asked) return;
  suggested = answer?.suggestions ?? [];
  luma = answer?.luma ?? MIDDLE;
  layOut();
}

function layOut() {
  const color = target()?.fields.color;
  const most = Math.max(...suggested.map(({ probability }) => probability), 0);
  const buttons = suggested.map((suggestion, number) => {
    const percent = Math.round(100 * suggestion.probability);
    const share = percent < 1 ? "under 1 %" : `${percent} %`;
    const bar = element("i", { "aria-hidden": "true" });
    bar.style.width = `${(100 * suggestion.probability) / most}%`;
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = suggestion.color;
    return element(
      "button",
      {
        type: "button",
        class: "suggestion",
        "aria-label": `Suggestion ${number + 1}: ${suggestion.color}, ${share} likely`,
        "aria-pressed": suggestion.color === color,
        title: `${suggestion.color}, ${share} likely (${number + 1})`,
        onclick: () => take(number),
      },
      swatch,
      element("b", { "aria-hidden": "true" }, `${number + 1}`),
      bar,
    );
  });
  refill(place, buttons);
  const extreme = luma < BLACK ? "black" : luma > WHITE ? "white" : "";
  show(told, Boolean(extreme));
  told.textContent = `This very place is nearly ${extreme}: its color shows where it is ${
    extreme === "black" ? "lighter" : "darker"
  }.`;
  place.classList.toggle("waiting", Boolean(asked || state.opening) && !suggested.length);
}

watch(["selected", "draft", "hints", "opening", "index"], refresh);
