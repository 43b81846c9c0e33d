/** One line where something went wrong, and how to go on. */

import { Gone, Refused, isOutdated } from "./api.js";
import { byId, element, iconButton } from "./dom.js";

const PASSING_MS = 5000;

/**
 * Show a line in the element with the id `where`, instead of the one before; "" takes it away.
 * Screen readers say it at once, for the element is a live region.
 */
export function notice(where, line, topic = "") {
  const place = byId(where);
  place.dataset.topic = topic;
  place.replaceChildren();
  place.hidden = !line;
  if (!line) return;
  const close = iconButton("close", "Dismiss", () => notice(where, ""));
  place.append(element("span", { class: "box" }, element("span", {}, line), close));
}

/** Show a line that says that something is done; it goes by itself. */
export function passing(where, line) {
  notice(where, line, "passing");
  const shown = byId(where).firstChild;
  setTimeout(() => byId(where).firstChild === shown && notice(where, ""), PASSING_MS);
}

/**
 * Run what may fail, and show in `where` why it did; the next success of the same topic takes the
 * line away. Requests that newer ones replaced, and a server that is gone, which the top of the page
 * tells, say nothing here.
 */
export async function guarded(where, work, topic = "") {
  try {
    const result = await work();
    if (byId(where).dataset.topic === topic) notice(where, "");
    return result;
  } catch (error) {
    if (error instanceof Refused) notice(where, error.message, topic);
    else if (!isOutdated(error) && !(error instanceof Gone)) throw error;
    return undefined;
  }
}
