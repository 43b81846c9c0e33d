/** A region drawn anew in another frame of its shot: half-way between the two it takes over. */

import { byId, show } from "./dom.js";
import { send } from "./edits.js";
import { middleOf } from "./marks.js";
import { marksOfShot } from "./scrub.js";
import { change, now, openShot, state, target, watch } from "./state.js";
import { clock, seconds } from "./times.js";

const SPAN = "..";
const button = byId("take-over");

/** When a region begins and ends to hold, in seconds; undefined if it is for its frame alone. */
function spanOf({ for: reach = "shot" }) {
  if (reach === "frame") return undefined;
  const shot = openShot();
  return reach === "shot"
    ? [seconds(shot.begin), seconds(shot.end)]
    : reach.split(SPAN).map(seconds);
}

/** The region of another frame, nearest to the one selected, which holds while that one does. */
function earlier() {
  const mark = target();
  const own = openShot() && mark?.kind === "region" && spanOf(mark.fields);
  if (!own) return undefined;
  const at = seconds(mark.fields.at ?? now());
  const [x, y] = middleOf(mark.kind, mark.fields);
  const away = (entry) => {
    const [left, top] = middleOf(entry.kind, entry);
    return Math.hypot(left - x, top - y);
  };
  const others = marksOfShot()
    .map(({ entry }) => entry)
    .filter((entry) => entry.kind === "region" && entry.polygon && entry.id !== state.selected)
    .filter((entry) => seconds(entry.at) !== at)
    .filter((entry) => {
      const span = spanOf(entry);
      return span && span[0] < own[1] && own[0] < span[1];
    });
  return others.toSorted((one, other) => away(one) - away(other))[0];
}

/** Let both hold in turn; a draft gets the color of the other one. */
async function takeOver() {
  const mark = target();
  const other = earlier();
  if (!other) return;
  const [times, span] = [[seconds(mark.fields.at), seconds(other.at)], spanOf(other)];
  const middle = (times[0] + times[1]) / 2;
  // Rounded down at the beginning and up at the end, for a span has to hold its moment.
  const parts = [
    [Math.floor(1000 * span[0]) / 1000, middle],
    [middle, Math.ceil(1000 * span[1]) / 1000],
  ].map((ends) => ends.map((time) => clock(time, 3)).join(SPAN));
  const [theirs, own] = times[0] > times[1] ? parts : parts.toReversed();
  const ended = { op: "change", id: other.id, fields: { for: theirs } };
  const fields = { ...mark.fields, color: other.color, for: own };
  const begun =
    mark === state.draft
      ? { op: "add", kind: mark.kind, fields }
      : { op: "change", id: state.selected, fields: { for: own } };
  const answer = await send([begun, ended]);
  if (answer && state.draft === mark) change({ selected: answer.added[0], draft: null });
}

function layOut() {
  const other = state.film && earlier();
  show(button, Boolean(other));
  if (other) button.textContent = `Take over from the region at ${clock(seconds(other.at))}`;
}

button.addEventListener("click", takeOver);
watch(["selected", "draft", "hints", "shot", "shots"], layOut);
