/** Small pictures of shots, two asked for at a time, those in sight first, the last few hundred kept. */

import { askForPicture } from "./api.js";

const AT_ONCE = 2;
const KEPT = 300;
const kept = new Map();
const waiting = new Map();
let running = 0;

/** Draw a shot's picture into a canvas as soon as it is there. */
export function drawThumbnail(shot, canvas) {
  const picture = kept.get(shot);
  if (picture) put(picture, canvas);
  else waiting.set(shot, canvas);
  next();
}

/** Ask no more for a picture that went out of sight. */
export function forgetThumbnail(shot) {
  waiting.delete(shot);
}

async function next() {
  if (running >= AT_ONCE || !waiting.size) return;
  const [shot, canvas] = waiting.entries().next().value;
  waiting.delete(shot);
  running += 1;
  try {
    const picture = await askForPicture(`/api/shots/${shot}/thumbnail`);
    keep(shot, picture);
    put(picture, canvas);
  } catch {
    canvas.classList.add("missing"); // the shot has a number and a time, too
  }
  running -= 1;
  next();
}

function keep(shot, picture) {
  kept.set(shot, picture);
  if (kept.size <= KEPT) return;
  const [oldest, outdated] = kept.entries().next().value;
  kept.delete(oldest);
  outdated.close();
}

function put(picture, canvas) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
}
