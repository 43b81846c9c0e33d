/** References and palettes: dropped or chosen pictures, how far they count, and when. */

import { ask } from "./api.js";
import { byId, element, refill, show } from "./dom.js";
import { add, remove, update } from "./edits.js";
import { guarded } from "./notices.js";
import { showTab } from "./tabs.js";
import { now, state, timeless, watch } from "./state.js";
import { clock, seconds } from "./times.js";

const KEYS = { reference: "picture", palette: "like" };
const file = byId("file");
const zones = byId("drop");
let kindToAdd = "reference";

/** Send a picture, and add it as a reference of this shot or as a palette of the film. */
async function addPicture(kind, picture) {
  showTab("pictures");
  await guarded("pictures-notice", async () => {
    const path = `/api/picture?${new URLSearchParams({ name: picture.name })}`;
    const sent = await ask(path, { method: "POST", body: picture });
    const named = { [KEYS[kind]]: sent.picture };
    const timed = kind === "reference" && !timeless() ? { at: now(), for: "shot" } : {};
    await add(kind, { ...named, ...timed });
  });
}

function layOut() {
  const entries = state.hints.entries.filter((entry) => entry.kind in KEYS);
  refill(byId("picture-list"), entries.map(item));
}

function item(entry) {
  const name = entry[KEYS[entry.kind]];
  const title = entry.kind === "reference" ? "Reference" : "Palette";
  const shown = name
    ? element("img", { src: `/api/picture?${new URLSearchParams({ name })}`, alt: name })
    : swatches(entry.colors);
  return element(
    "li",
    { class: "picture", "data-id": entry.id },
    shown,
    element("b", {}, title),
    element("span", { class: "quiet name", title: name ?? "" }, name?.split("/").at(-1) ?? ""),
    strengthOf(entry),
    entry.kind === "reference" ? matchOf(entry) : null,
    timeless() ? null : reachOf(entry),
    element(
      "button",
      { type: "button", class: "plain", onclick: () => remove([entry.id]) },
      "Delete",
    ),
  );
}

function swatches(colors) {
  const parts = colors.map(([color, share]) => {
    const part = element("i");
    part.style.background = color;
    part.style.flexGrow = share;
    return part;
  });
  return element("span", { class: "shares", "aria-hidden": "true" }, ...parts);
}

function strengthOf(entry) {
  const value = entry.strength ?? 1;
  const output = element("output", {}, `${Math.round(100 * value)} %`);
  const slider = element("input", { type: "range", min: 0, max: 1, step: 0.05, value });
  slider.addEventListener("input", () => {
    output.textContent = `${Math.round(100 * slider.value)} %`;
  });
  slider.addEventListener("change", () => update(entry.id, { strength: Number(slider.value) }));
  return element("label", { class: "slide" }, element("span", {}, "Strength"), slider, output);
}

function matchOf(entry) {
  const isOfFilm = entry.at !== undefined;
  const select = element(
    "select",
    {},
    element("option", { value: "auto" }, "by themselves"),
    isOfFilm ? element("option", { value: "own" }, "to this very frame") : null,
    element("option", { value: "matched" }, "to what looks alike"),
    element("option", { value: "style" }, "to everything, as a style"),
  );
  select.value = entry.match ?? "auto";
  select.addEventListener("change", () => {
    const ofStyles = select.value === "style" ? {} : { "encoder-weights": null, labels: null };
    update(entry.id, { match: select.value === "auto" ? null : select.value, ...ofStyles });
  });
  return element("label", { class: "row" }, element("span", {}, "Colors go"), select);
}

function reachOf(entry) {
  const reach = entry.for ?? (entry.kind === "reference" && entry.at ? "shot" : "film");
  const isSpan = reach.includes("..");
  const select = element(
    "select",
    {},
    element("option", { value: "shot" }, `the shot at ${clock(seconds(entry.at ?? now()), 1)}`),
    element("option", { value: "film" }, "the whole film"),
    isSpan ? element("option", { value: reach }, reach.replace("..", " to ")) : null,
  );
  select.value = reach;
  select.addEventListener("change", () => {
    const isFilm = select.value === "film";
    const match = isFilm && entry.match === "own" ? { match: null } : {}; // it has no frame then
    update(entry.id, { for: select.value, at: isFilm ? null : (entry.at ?? now()), ...match });
  });
  return element("label", { class: "row" }, element("span", {}, "Leads"), select);
}

function choose(kind) {
  kindToAdd = kind;
  file.click();
}

/** Only files make the zones appear: marks and text can be dragged, too. */
addEventListener("dragenter", (event) => {
  if (event.dataTransfer?.types.includes("Files")) show(zones, true);
});
zones.addEventListener("dragover", (event) => {
  event.preventDefault();
  const over = event.target.closest("[data-kind]");
  for (const zone of zones.children) zone.classList.toggle("over", zone === over);
});
zones.addEventListener("dragleave", (event) => {
  if (!zones.contains(event.relatedTarget)) show(zones, false);
});
zones.addEventListener("drop", (event) => {
  event.preventDefault();
  show(zones, false);
  const kind = event.target.closest("[data-kind]")?.dataset.kind ?? "reference";
  for (const picture of event.dataTransfer.files) addPicture(kind, picture);
});

byId("add-reference").addEventListener("click", () => choose("reference"));
byId("add-palette").addEventListener("click", () => choose("palette"));
file.addEventListener("change", () => {
  for (const picture of file.files) addPicture(kindToAdd, picture);
  file.value = "";
});
watch(["hints", "film"], () => state.film && layOut());
