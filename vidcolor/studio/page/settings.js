/** Sliders of the film's settings, which the hints file keeps for the command line too. */

import { ask } from "./api.js";
import { byId, element } from "./dom.js";
import { loadHints } from "./edits.js";
import { guarded } from "./notices.js";
import { loadFilm } from "./session.js";
import { state, watch } from "./state.js";

const TOLD = {
  temperature: ["Temperature (vividness)", "To the left vivid, to the right calm."],
  saturation: ["Saturation", "All colors paler, or stronger."],
  rebalance: ["Rebalance", "How much rare colors are preferred."],
  "like-strength": ["Palette strength", "How far palettes lead the film."],
};
const form = byId("settings");
const rows = new Map();

function layOut() {
  for (const [name, setting] of Object.entries(state.film.settings)) {
    const { slider, output } = rows.get(name) ?? makeRow(name, setting);
    if (document.activeElement !== slider || !slider.matches(":active"))
      slider.value = setting.value ?? setting.default;
    tell(slider, output);
  }
}

function makeRow(name, { min, max, default: usual }) {
  const [title, about] = TOLD[name.replaceAll("_", "-")] ?? [name, ""];
  const slider = element("input", {
    type: "range",
    id: `setting-${name}`,
    min,
    max,
    step: (max - min) / 100,
    "aria-describedby": `about-${name}`,
  });
  const output = element("output", { for: slider.id });
  const label = element("label", { for: slider.id, title: `Default: ${usual}` }, title);
  const small = element("small", { id: `about-${name}` }, about);
  slider.addEventListener("input", () => tell(slider, output));
  slider.addEventListener("change", () => put(name, Number(slider.value)));
  label.addEventListener("dblclick", () => put(name, usual));
  slider.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") put(name, usual);
  });
  form.append(element("div", { class: "setting" }, label, output, slider, small));
  const row = { slider, output };
  rows.set(name, row);
  return row;
}

function tell(slider, output) {
  output.textContent = Number(slider.value).toFixed(2);
}

/** Save a setting; the frame follows when the hints, which hold it, are those that were saved. */
async function put(name, value) {
  await guarded("film-notice", async () => {
    await ask("/api/settings", { method: "PUT", body: { [name]: value } });
    await Promise.all([loadHints(), loadFilm()]);
  });
}

form.addEventListener("submit", (event) => event.preventDefault());
watch(["film"], () => state.film && layOut());
