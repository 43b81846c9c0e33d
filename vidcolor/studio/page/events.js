/** What the server tells by itself; and that it is gone, and back. */

import { ask } from "./api.js";
import { loadHints, settled } from "./edits.js";
import { guarded, notice } from "./notices.js";
import { failed, loadFilm, loadShots, openAt, opened, start } from "./session.js";
import { change, now, state, watch } from "./state.js";

const AGAIN_MS = 1000;
const SHOTS_MS = 300;
let shotsAsked = false;

const answers = {
  shots: soonLoadShots,
  stale() {
    change({ pass: null });
    soonLoadShots();
  },
  "shot-opened": ({ shot }) => opened(shot),
  "shot-failed": ({ shot, line }) => failed(shot, line),
  progress({ shot, fraction, line }) {
    if (!shot) change({ pass: { fraction, line } });
    else if (state.opening && shot === state.shot) change({ opening: { fraction, line } });
  },
  async hints({ revision }) {
    await settled(); // it may be the answer to what is just being saved
    if (revision === state.hints.revision) return;
    await Promise.all([loadHints(), loadFilm()]);
  },
  job(event) {
    change({ job: event });
  },
  note({ line }) {
    notice("note", line);
  },
};

/** Listen, for as long as the page is open. */
export function listen() {
  const source = new EventSource("/api/events");
  source.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    answers[event.type]?.(event);
  });
  source.addEventListener("error", () => {
    change({ connection: state.connection === "other" ? "other" : "gone" });
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(listen, AGAIN_MS);
    ask("/api/film").catch(() => {}); // tells whether it is another server
  });
  source.addEventListener("open", () => change({ connection: "live" }));
}

/** Take everything in once the server is heard, and anew when one that was gone is back. */
watch(["connection"], async () => {
  if (state.connection !== "live") return;
  if (!state.film) {
    await guarded("stage-notice", start);
    return;
  }
  const at = now();
  change({ shot: null, opening: null });
  await Promise.all([loadHints(), loadFilm(), loadShots()]);
  change({ job: await ask("/api/job") });
  await openAt(at);
});

/** While a film is surveyed, shots come quickly: ask for them a few times a second at most. */
function soonLoadShots() {
  if (shotsAsked) return;
  shotsAsked = true;
  setTimeout(() => {
    shotsAsked = false;
    loadShots();
  }, SHOTS_MS);
}
