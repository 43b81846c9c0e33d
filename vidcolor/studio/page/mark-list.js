/** The marks of the shot that is open, wherever in it they were given. */

import { hexOfName } from "./colors.js";
import { byId, element, refill, show } from "./dom.js";
import { marksOfShot } from "./scrub.js";
import { seek } from "./session.js";
import { change, state, timeless, watch } from "./state.js";
import { clock, seconds } from "./times.js";

const NAMES = { point: "Point", stroke: "Stroke", region: "Region" };

function layOut() {
  const marks = marksOfShot();
  show(byId("shot-marks"), marks.length > 0);
  byId("shot-marks-name").textContent = timeless() ? "Marks" : "Marks of this shot";
  refill(byId("mark-list"), marks.map(item));
}

function item({ entry, frame }) {
  const swatch = element("span", { class: "swatch" });
  swatch.style.background = hexOfName(entry.color) ?? "transparent";
  const when = timeless() ? null : element("span", { class: "when" }, clock(seconds(entry.at), 2));
  const button = element(
    "button",
    {
      type: "button",
      class: "line",
      "aria-current": entry.id === state.selected,
      onclick() {
        seek(frame);
        change({ selected: entry.id, draft: null });
      },
    },
    swatch,
    `${NAMES[entry.kind]} ${entry.color}`,
    when,
  );
  return element("li", {}, button);
}

watch(["hints", "shot", "shots", "times", "selected"], layOut);
