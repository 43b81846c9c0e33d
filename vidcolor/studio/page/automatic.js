/** The color that a place has without marks: given to it, it ends what others spread. */

import { Latest, askForPicture, patiently } from "./api.js";
import { colorAt } from "./colors.js";
import { byId, element } from "./dom.js";
import { give } from "./edits.js";
import { sizeFor } from "./frames.js";
import { middleOf } from "./marks.js";
import { guarded } from "./notices.js";
import { marksOfShot } from "./scrub.js";
import { now, state, target, watch } from "./state.js";

const SIZE = 480;
const OTHERS = "Give this place the color that it has without marks, so that others stop here (K)";
const ALONE = "This shot has no other mark whose color could come here";
const latest = new Latest();
const button = byId("keep");

/** Give what is selected the color that its place has without any mark. */
export async function keep() {
  const mark = target();
  if (!mark) return;
  const at = mark.fields.at ?? now();
  const query = new URLSearchParams({ at, view: "automatic", size: sizeFor(SIZE) });
  const color = await guarded("suggest-notice", () =>
    latest.run(async (signal) => {
      const ask = () => askForPicture(`/api/frame?${query}`, signal);
      const picture = await patiently(ask, signal);
      const canvas = element("canvas", { width: picture.width, height: picture.height });
      canvas.getContext("2d").drawImage(picture, 0, 0);
      return colorAt(canvas, middleOf(mark.kind, mark.fields));
    }),
  );
  if (color && target()?.fields === mark.fields) give(color);
}

button.addEventListener("click", keep);
/** Where there is no other mark, nothing has to end. */
watch(["selected", "draft", "hints", "shot", "shots"], () => {
  button.disabled = marksOfShot().every(({ entry }) => entry.id === state.selected);
  button.title = button.disabled ? ALONE : OTHERS;
});
