/** A picture from which one takes a color: by a click, or by arrows and Enter. */

import { colorAt } from "./colors.js";
import { element } from "./dom.js";

const STEP = 0.02;

/** Make one of the picture at `source`; `take` is called with "#rrggbb". */
export function sampler(source, name, take) {
  const picture = element("img", { src: source, alt: "" });
  const cross = element("span", { class: "cross" });
  let place = [0.5, 0.5];
  const made = element(
    "div",
    {
      class: "sampler",
      role: "application",
      tabindex: 0,
      "aria-label": `${name}. Arrow keys move a crosshair, Enter takes the color there.`,
      onclick: (event) => takeAt(placeOf(event)),
      onkeydown: pressed,
    },
    picture,
    cross,
  );
  put();
  return made;

  function placeOf({ clientX, clientY }) {
    const box = picture.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  function takeAt(at) {
    const { naturalWidth: width, naturalHeight: height } = picture;
    const canvas = element("canvas", { width, height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    take(colorAt(canvas, at));
  }

  function put() {
    [cross.style.left, cross.style.top] = place.map((part) => `${100 * part}%`);
  }

  function pressed(event) {
    const steps = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    if (event.key in steps)
      place = place.map((part, axis) => Math.max(0, Math.min(1, part + steps[event.key][axis])));
    else if (event.key === "Enter") takeAt(place);
    else return;
    event.preventDefault();
    event.stopPropagation();
    put();
  }
}
