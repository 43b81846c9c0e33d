/** A color as text, the eyedropper's button, and the colors used so far. */

import { ask } from "./api.js";
import { chroma, hexOfName } from "./colors.js";
import { byId, element, refill, show } from "./dom.js";
import { give } from "./edits.js";
import { guarded } from "./notices.js";
import { sampler } from "./sampler.js";
import { drop } from "./tools.js";
import { change, state, target, watch } from "./state.js";

const MOST_USED = 24;
const field = byId("hex");
const swatch = byId("swatch");

function layOut() {
  const color = target()?.fields.color;
  if (document.activeElement !== field) field.value = color ?? "";
  swatch.style.background = (color && asHere(color)) || "transparent";
  swatch.classList.toggle("empty", !color);
}

/** What a color becomes where the mark lies: of the brightness that the film has there. */
function asHere(color) {
  const hex = hexOfName(color);
  const { gamut } = state;
  return (hex && gamut?.color(gamut.held(chroma(hex)))) || hex;
}

/** Give what was written, if it is a color; else say what the nearest one is called. */
async function giveWritten() {
  const name = field.value.replaceAll(/\s/g, ""); // "dark blue" is meant as CSS writes it
  if (!name || name === target()?.fields.color) return;
  const found = await guarded("color-notice", () =>
    ask(`/api/color?${new URLSearchParams({ name })}`),
  );
  if (found) give(name);
}

/** The colors of all marks, each where it was from the beginning. */
function usedColors() {
  const colors = state.hints.entries.map((entry) => entry.color).filter(Boolean);
  return [...new Set(colors)].slice(-MOST_USED);
}

function layOutUsed() {
  const buttons = usedColors().map((color) => {
    const button = element("button", {
      type: "button",
      class: "swatch",
      "aria-label": `Use ${color} again`,
      title: color,
      onclick: () => give(color),
    });
    button.style.background = asHere(color) ?? "transparent";
    return button;
  });
  refill(byId("used"), buttons);
  show(byId("used-colors"), buttons.length > 0);
}

/** While the eyedropper is taken, references and palettes lie beside it. */
function layOutPictures() {
  const taking = state.tool === "dropper" && Boolean(target());
  byId("dropper").setAttribute("aria-pressed", taking);
  const place = byId("from-pictures");
  show(place, taking);
  if (!taking) {
    place.replaceChildren();
    return;
  }
  const names = state.hints.entries.map((entry) => entry.picture ?? entry.like).filter(Boolean);
  const pictures = [...new Set(names)].map((name) =>
    sampler(`/api/picture?${new URLSearchParams({ name })}`, name, drop),
  );
  const line = pictures.length
    ? "Click in the frame, or in one of these."
    : "Click in the frame where it has the color.";
  place.replaceChildren(element("p", { class: "quiet" }, line), ...pictures);
}

field.addEventListener("change", giveWritten);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") giveWritten();
});
byId("dropper").addEventListener("click", () =>
  change({ tool: state.tool === "dropper" ? "point" : "dropper" }),
);
watch(["selected", "draft", "hints", "gamut"], layOut);
watch(["hints", "gamut"], layOutUsed);
watch(["tool", "selected", "draft", "hints"], layOutPictures);
