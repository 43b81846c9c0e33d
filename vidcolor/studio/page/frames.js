/** Frames from the server, the last few kept, and canvases that show the newest one asked for. */

import { Latest, askForPicture, isOutdated, patiently } from "./api.js";
import { state, watch } from "./state.js";

const KEPT = 8;
const WIDTHS = [160, 240, 320, 480, 640, 800, 960, 1280, 1600, 1920, 2560];
const kept = new Map();

/** The size to ask for so that `pixels` of the screen are filled: one of a few, for the cache. */
export function sizeFor(pixels) {
  const long = Math.max(state.film.width, state.film.height);
  return Math.min(long, WIDTHS.find((width) => width >= pixels) ?? long);
}

/**
 * The picture of the film at `at`. view: "grey", "color" or "automatic". size: of its long side in
 * pixels; null for the whole, lossless one, which takes seconds. Throws as `ask` does.
 */
async function frame(at, view, size, signal) {
  const query = new URLSearchParams({ at, view });
  if (view !== "grey") query.set("revision", state.hints.revision);
  if (size) query.set("size", size);
  const path = `/api/frame?${query}`;
  const picture = kept.get(path) ?? (await askForPicture(path, signal));
  kept.delete(path); // what was used last goes last
  kept.set(path, picture);
  if (kept.size > KEPT) {
    const [oldest, outdated] = kept.entries().next().value;
    kept.delete(oldest);
    outdated.close();
  }
  return picture;
}

/** Colors that were made anew are not those that were kept. */
watch(["openings"], () => {
  for (const picture of kept.values()) picture.close();
  kept.clear();
});

/** A canvas that shows one frame, and never an older one than was asked for last. */
export class FrameCanvas {
  #latest = new Latest();

  constructor(canvas) {
    this.canvas = canvas;
    /** What is drawn: {at, view}; null while nothing is. The element tells it to those outside. */
    this.shown = null;
  }

  /**
   * Show a frame, as for `frame`, as soon as it is there. Returns whether it is drawn: not if a
   * newer call took its place. Throws as `ask` does.
   */
  async draw(at, view, size) {
    try {
      return await this.#latest.run(async (signal) => {
        const { revision } = state.hints;
        const picture = await patiently(() => frame(at, view, size, signal), signal);
        if (signal.aborted || !picture.width) return false; // it was closed meanwhile
        this.canvas.width = picture.width;
        this.canvas.height = picture.height;
        this.canvas.getContext("2d").drawImage(picture, 0, 0);
        this.shown = { at, view };
        Object.assign(this.canvas.dataset, { at, view, revision });
        return true;
      });
    } catch (error) {
      if (isOutdated(error)) return false;
      throw error;
    }
  }

  /** Show nothing, and ask for nothing. */
  clear() {
    this.#latest.stop();
    this.canvas.width = 0;
    this.shown = null;
  }
}
