/** A region drawn anew in another frame of its shot: half-way between the two it takes over. */

import { byId, show } from "./dom.js";
import { send } from "./edits.js";
import { middleOf } from "./marks.js";
import { marksOfShot } from "./scrub.js";
import { change, openShot, state, target, timeless, watch } from "./state.js";
import { SPAN, clock, seconds } from "./times.js";

const button = byId("take-over");

/** When a region begins and ends to hold, in seconds; undefined if it is for its frame alone. */
function spanOf({ for: reach = "shot" }) {
  if (reach === "frame") return undefined;
  const shot = openShot();
  return reach === "shot"
    ? [seconds(shot.begin), seconds(shot.end)]
    : reach.split(SPAN).map(seconds);
}

/** The region of another frame that holds in that of the one selected, the nearest to it. */
function before() {
  const mark = target();
  // A mask has no corners that could be drawn anew.
  const isDrawn = mark?.kind === "region" && mark.fields.polygon;
  if (timeless() || !openShot() || !isDrawn || !spanOf(mark.fields)) return undefined;
  const at = seconds(mark.fields.at);
  const [x, y] = middleOf(mark.kind, mark.fields);
  const away = (entry) => {
    const [left, top] = middleOf(entry.kind, entry);
    return Math.hypot(left - x, top - y);
  };
  const holds = (entry) => {
    const span = spanOf(entry);
    return span && span[0] <= at && at < span[1] && seconds(entry.at) !== at;
  };
  const others = marksOfShot()
    .map(({ entry }) => entry)
    .filter((entry) => entry.kind === "region" && entry.polygon && entry.id !== state.selected)
    .filter(holds);
  return others.toSorted((one, other) => away(one) - away(other))[0];
}

/** Let both hold in turn; a draft gets the color of the other one. */
async function takeOver() {
  const mark = target();
  const other = before();
  if (!other) return;
  const [mine, its] = [seconds(mark.fields.at), seconds(other.at)];
  const middle = (mine + its) / 2;
  const [begin, end] = spanOf(other);
  const [first, last] = spanOf(mark.fields);
  const isLater = mine > its;
  const theirs = isLater ? [begin, middle] : [middle, end];
  const own = isLater
    ? [Math.max(first, middle), Math.min(last, end)]
    : [Math.max(first, begin), Math.min(last, middle)];
  const ended = { op: "change", id: other.id, fields: { for: written(theirs) } };
  const fields = { ...mark.fields, color: other.color, for: written(own) };
  const begun =
    mark === state.draft
      ? { op: "add", kind: mark.kind, fields }
      : { op: "change", id: state.selected, fields: { for: written(own) } };
  const answer = await send([begun, ended]);
  if (answer && state.draft === mark) change({ selected: answer.added[0], draft: null });
}

/** A span as the file says it: rounded outwards, for it has to hold its moment. */
function written([begin, end]) {
  const ends = [Math.floor(1000 * begin) / 1000, Math.ceil(1000 * end) / 1000];
  return ends.map((time) => clock(time, 3)).join(SPAN);
}

function layOut() {
  const other = state.film && before();
  show(button, Boolean(other));
  if (other) button.textContent = `Take over from the region at ${clock(seconds(other.at))}`;
}

button.addEventListener("click", takeOver);
watch(["selected", "draft", "hints", "shot", "shots"], layOut);
