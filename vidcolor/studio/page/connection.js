/** The line on top that tells when the server is gone; and what its hints file says wrong. */

import { byId, show } from "./dom.js";
import { state, watch } from "./state.js";

watch(["connection"], () => {
  const place = byId("connection");
  const name = state.film?.name ?? "FILM";
  const lines = {
    live: "",
    gone: `The studio doesn't answer; all that you did is saved. If it was ended, start it again: vidcolor studio ${name}`,
    other: "This page belongs to a studio that has ended. Open the address in the terminal.",
  };
  place.textContent = lines[state.connection];
  show(place, state.connection !== "live");
});

watch(["hints"], () => {
  const place = byId("problem");
  const { problem } = state.hints;
  place.textContent = problem ? `${problem}. Mend the file; this page goes on by itself.` : "";
  show(place, Boolean(problem));
});
