/** The chroma that one luma can hold, as the server's picture of it shows: U across, V up. */

import { hexOf } from "./colors.js";

/** The picture's side in pixels; it covers U and V from -0.5 to 0.5. */
export const SIDE = 512;
const MARGIN = 12;

export class Gamut {
  #image;
  /** The smallest square around what can be held, in pixels: left, top and side. */
  #window;

  /** Take a picture, opaque where the luma holds the chroma. */
  constructor(picture) {
    this.#image = new OffscreenCanvas(SIDE, SIDE);
    const context = this.#image.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0, SIDE, SIDE);
    picture.close();
    this.pixels = context.getImageData(0, 0, SIDE, SIDE).data;
    this.#window = this.#around();
  }

  /** Draw what can be held, as large as the canvas is. */
  draw(context) {
    const [left, top, side] = this.#window;
    const { width, height } = context.canvas;
    context.drawImage(this.#image, left, top, side, side, 0, 0, width, height);
  }

  /** Where a chroma lies in what `draw` drew, in fractions of it. */
  fractions([u, v]) {
    const [left, top, side] = this.#window;
    return [((u + 0.5) * SIDE - left) / side, ((0.5 - v) * SIDE - top) / side];
  }

  /** The chroma at a place in fractions of what `draw` drew. */
  chroma([x, y]) {
    const [left, top, side] = this.#window;
    return [(left + x * side) / SIDE - 0.5, 0.5 - (top + y * side) / SIDE];
  }

  /** The color with this chroma and the luma, as "#rrggbb"; null if the luma can't hold it. */
  color([u, v]) {
    const column = Math.floor((u + 0.5) * SIDE);
    const row = Math.floor((0.5 - v) * SIDE);
    if (Math.min(column, row) < 0 || Math.max(column, row) >= SIDE) return null;
    const [red, green, blue, alpha] = this.pixels.subarray(4 * (row * SIDE + column));
    return alpha === 255 ? hexOf(red, green, blue) : null;
  }

  /** The chroma itself, or the nearest towards grey that the luma can hold. */
  held(uv) {
    for (let part = 1; part > 0; part -= 0.01) {
      const near = uv.map((value) => part * value);
      if (this.color(near)) return near;
    }
    return [0, 0];
  }

  #around() {
    let [left, top, right, bottom] = [SIDE, SIDE, 0, 0];
    for (let row = 0; row < SIDE; row += 2)
      for (let column = 0; column < SIDE; column += 2) {
        if (this.pixels[4 * (row * SIDE + column) + 3] < 255) continue;
        left = Math.min(left, column);
        right = Math.max(right, column);
        top = Math.min(top, row);
        bottom = Math.max(bottom, row);
      }
    const side = Math.max(right - left, bottom - top, 0) + 2 * MARGIN;
    return [(left + right - side) / 2, (top + bottom - side) / 2, side];
  }
}
