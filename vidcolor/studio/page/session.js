/** The film, its shots and the playhead: what is asked of the server about them, and when. */

import { Latest, ask, isOutdated } from "./api.js";
import { guarded, notice } from "./notices.js";
import { change, openShot, state } from "./state.js";
import { frameAt, seconds } from "./times.js";

const opening = new Latest();
const LINE = "stage-notice";
/** What the server takes for the time of a shot worth beginning with. */
const START = "start";
/** The frame that each shot was left at, in this visit. */
const left = new Map();
/** The shot that was told last to be open: events may come before the answer that names it. */
let lastOpened = null;

/** Ask for all that the page shows first, and open the shot where it was left. */
export async function start() {
  const [film, hints] = await Promise.all([ask("/api/film"), ask("/api/hints")]);
  const named = new URLSearchParams(location.hash.slice(1)).get("at") ?? "";
  const isNamed = Number.isFinite(seconds(named));
  change({ film, hints, start: isNamed ? named : film.begin });
  await Promise.all([loadShots(), openAt(isNamed ? named : START)]);
  change({ job: await ask("/api/job") });
}

/** Ask for the shots anew. */
export async function loadShots() {
  const waited = openShot()?.stale;
  const { shots, done, problem } = await ask("/api/shots");
  change({ shots, surveyed: done });
  if (waited && !openShot()?.stale) change({ openings: state.openings + 1 });
  notice("shots-notice", problem ?? "");
}

/** Ask for the settings anew. */
export async function loadFilm() {
  change({ film: await ask("/api/film") });
}

/** Open the shot on the screen at a time, as the server writes it, and show that frame. */
export async function openAt(at) {
  const time = seconds(at);
  const shot = state.shots.find((each) => seconds(each.begin) <= time && time < seconds(each.end));
  if (shot && shot.id === state.shot) {
    seek(frameAt(state.times, time));
    return;
  }
  const work = () =>
    opening.run(async (signal) => {
      lastOpened = null;
      change({ opening: { fraction: 0, line: "Opening the shot" }, draft: null, selected: null });
      try {
        const answer = await ask("/api/open", {
          method: "POST",
          body: { at },
          signal,
        });
        const times = answer.times.map(String);
        change({ shot: answer.shot, times, index: frameAt(times, time) });
        if (answer.open || lastOpened === answer.shot) opened(answer.shot);
        remember();
      } catch (error) {
        if (!isOutdated(error)) change({ opening: null });
        throw error;
      }
    });
  await guarded(LINE, work, "opening");
}

/** Open a shot where it was left; else in its middle, which its thumbnail shows. */
export function openShotNumber(number) {
  const shot = state.shots[Math.max(0, Math.min(state.shots.length - 1, number))];
  if (!shot) return undefined;
  const middle = (seconds(shot.begin) + seconds(shot.end)) / 2;
  return openAt(left.get(shot.id) ?? middle.toFixed(6));
}

/** Show the frame with this number of the shot that is open; the nearest, if there is none. */
export function seek(number) {
  change({ index: Math.max(0, Math.min(state.times.length - 1, number)) });
  remember();
}

/** Take in that a shot's first pass is there. */
export function opened(shot) {
  lastOpened = shot;
  if (shot === state.shot) change({ opening: null, openings: state.openings + 1 });
}

/** Say why a shot could not be opened; its grey frames are there all the same. */
export function failed(shot, line) {
  if (shot !== state.shot) return;
  change({ opening: null });
  notice(LINE, line, "opening");
}

/** Keep the place, in the page's address, too, so that a reload comes back to it. */
function remember() {
  const at = state.times[state.index];
  if (at === undefined) return;
  left.set(state.shot, at);
  history.replaceState(null, "", `#at=${at}`);
}
