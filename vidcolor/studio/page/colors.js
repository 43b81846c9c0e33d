/** Colors as text, as numbers, and as chroma by BT.709. */

/** R, G and B, 0 to 255, of "#rrggbb". */
export function channels(hex) {
  const number = parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** "#rrggbb" of R, G and B, 0 to 255. */
export function hexOf(red, green, blue) {
  const parts = [red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, "0"));
  return `#${parts.join("")}`;
}

/** U and V, -0.5 to 0.5, of "#rrggbb" (ITU-R BT.709-6, item 3). */
export function chroma(hex) {
  const [red, green, blue] = channels(hex).map((part) => part / 255);
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return [(blue - luma) / 1.8556, (red - luma) / 1.5748];
}

/** "#rrggbb" of any color of CSS, by the browser's own reading; null if it knows none. */
export function hexOfName(text) {
  const name = text.trim();
  if (!CSS.supports("color", name) || /^(inherit|initial|unset|revert|current)/i.test(name))
    return null;
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = name;
  return /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : null;
}

/** The color of a canvas around a place in fractions of it, the mean of 3 x 3; null outside. */
export function colorAt(canvas, [x, y]) {
  if (!canvas.width || x < 0 || y < 0 || x > 1 || y > 1) return null;
  const left = Math.min(canvas.width - 1, Math.floor(x * canvas.width));
  const top = Math.min(canvas.height - 1, Math.floor(y * canvas.height));
  const { data } = canvas.getContext("2d").getImageData(left - 1, top - 1, 3, 3);
  const sums = [0, 0, 0];
  let count = 0;
  for (let place = 0; place < data.length; place += 4) {
    if (data[place + 3] < 255) continue;
    count += 1;
    for (let part = 0; part < 3; part += 1) sums[part] += data[place + part];
  }
  return count ? hexOf(...sums.map((sum) => sum / count)) : null;
}
