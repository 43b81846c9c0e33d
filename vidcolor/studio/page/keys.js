/** The keyboard: one table, by which keys work and which the help shows. */

import { keep } from "./automatic.js";
import { renew } from "./bar.js";
import { redo, removeSelected, undo } from "./edits.js";
import { openHelp } from "./help.js";
import { fit, zoom, zoomTo } from "./place.js";
import { stepFrames, stepShots } from "./scrub.js";
import { seek } from "./session.js";
import { change, state } from "./state.js";
import { take } from "./suggestions.js";
import { finish, leave } from "./tools.js";

/**
 * By group, rows of: the key as shown, what it does, by which `event.key` it comes, and the action.
 * Keys of letters are told without Shift; "Mod" is Ctrl, or Cmd on a Mac. Rows without an action
 * are done where the focus is.
 */
export const KEYS = {
  Look: [
    ["G / S / C", "grey, split, color", "g", () => change({ view: "grey" })],
    [null, null, "s", () => change({ view: "split" })],
    [null, null, "c", () => change({ view: "color" })],
    ["hold B", "before: without your marks", "b", () => change({ before: true })],
    ["+ / −", "zoom in, out", "+", () => zoom(1.5)],
    [null, null, "=", () => zoom(1.5)],
    [null, null, "-", () => zoom(1 / 1.5)],
    ["0", "fit the picture", "0", fit],
    ["Z", "pixel by pixel", "z", () => zoomTo(1 / devicePixelRatio)],
  ],
  Go: [
    [", / .", "frame before, next frame", ",", () => stepFrames(-1)],
    [null, null, ".", () => stepFrames(1)],
    ["Shift + , / .", "ten frames", "<", () => stepFrames(-10)],
    [null, null, ">", () => stepFrames(10)],
    ["Page Up / Down", "shot before, next shot", "PageUp", () => stepShots(-1)],
    [null, null, "PageDown", () => stepShots(1)],
    ["Home / End", "first, last frame of the shot", "Home", () => seek(0)],
    [null, null, "End", () => seek(Infinity)],
  ],
  Mark: [
    ["P / L / R", "point, stroke (line), region", "p", () => change({ tool: "point" })],
    [null, null, "l", () => change({ tool: "stroke" })],
    [null, null, "r", () => change({ tool: "region" })],
    ["E", "eyedropper", "e", () => change({ tool: "dropper" })],
    ["arrows, Enter", "in the frame: move the crosshair, mark there"],
    ["Shift + Enter", "end a stroke, close a region", "Shift+Enter", finish],
    ["1 … 9", "take a suggestion", "digit", (event) => take(Number(event.key) - 1)],
    ["K", "keep the color that the place has without marks", "k", keep],
    ["arrows", "on a mark: move it"],
    ["Delete", "delete the mark", "Delete", removeSelected],
    [null, null, "Backspace", removeSelected],
    ["Escape", "cancel, or select nothing", "Escape", leave],
  ],
  Film: [
    ["Ctrl + Z", "undo", "Mod+z", undo],
    ["Ctrl + Shift + Z", "redo", "Mod+Shift+z", redo],
    [null, null, "Mod+y", redo],
    ["U", "Update, where shots wait", "u", renew],
    ["Tab", "go to the next control"],
    ["?", "these keys", "?", openHelp],
  ],
};

const actions = new Map(
  Object.values(KEYS)
    .flat()
    .filter(([, , key]) => key)
    .map(([, , key, action]) => [key, action]),
);

function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return `Mod+${event.shiftKey ? "Shift+" : ""}${key}`;
  if (key === "Enter" && event.shiftKey) return "Shift+Enter";
  return /^[1-9]$/.test(key) ? "digit" : key;
}

/** Text fields, lists and sliders keep the keys that they need themselves. */
function isTaken(event) {
  const place = event.target;
  if (document.querySelector("dialog[open]")) return true;
  if (place.matches("input[type=text], input[type=number], textarea")) return true;
  if (place.matches("select")) return !event.ctrlKey && !event.metaKey;
  return place.matches("input[type=range]") && /^(Page|Home|End|Arrow|Delete|Back)/.test(event.key);
}

addEventListener("keydown", (event) => {
  if (event.altKey || isTaken(event)) return;
  const action = actions.get(nameOf(event));
  if (!action || !state.film) return;
  event.preventDefault();
  action(event);
});

/** Before is shown for as long as its key is held, and not when the page is left meanwhile. */
addEventListener("keyup", ({ key }) => {
  if (key.toLowerCase() === "b") change({ before: false });
});
addEventListener("blur", () => change({ before: false }));
