/** What the page asks of the server: one function for JSON, one for pictures. */

import { change } from "./state.js";

const AGAIN_MS = 250;
const MOST_ASKED = 1200;

/** What the server refused, in one line that says how to go on. */
export class Refused extends Error {
  constructor(status, answer) {
    super(answer.error ?? `The studio answered with an error (${status}).`);
    this.status = status;
    this.answer = answer;
  }
}

/** No server answers; the top of the page says so. */
export class Gone extends Error {}

/** Whether an error only says that a newer request has taken a request's place. */
export function isOutdated(error) {
  return error.name === "AbortError";
}

/** Runs one request at a time: a newer one ends the older one. */
export class Latest {
  #running = null;

  /** Give `work` a signal that ends it when something newer runs. */
  async run(work) {
    this.stop();
    const controller = new AbortController();
    this.#running = controller;
    try {
      return await work(controller.signal);
    } finally {
      if (this.#running === controller) this.#running = null;
    }
  }

  /** End what runs. */
  stop() {
    this.#running?.abort();
    this.#running = null;
  }
}

/**
 * Ask for JSON. `body` is sent as JSON, or as it is if it is a file. Throws Refused and Gone.
 */
export async function ask(path, { method = "GET", body, signal } = {}) {
  const options = { method, signal };
  if (body instanceof Blob) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const answer = await answered(path, options);
  return answer.json();
}

/** Ask for a picture. Throws as `ask` does. */
export async function askForPicture(path, signal) {
  const answer = await answered(path, { signal });
  return createImageBitmap(await answer.blob());
}

/**
 * Do what asks for a frame, or what hangs on it, again for as long as the server answers that its
 * colors are still being made, or that nobody waits for it: who waits no more ends the request.
 */
export async function patiently(work, signal) {
  for (let asked = 1; ; asked += 1) {
    try {
      return await work();
    } catch (error) {
      const isLater = error instanceof Refused && error.status === 409;
      if (!isLater || asked === MOST_ASKED) throw error;
    }
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    signal.throwIfAborted();
  }
}

async function answered(path, options) {
  let answer;
  try {
    answer = await fetch(path, { ...options, credentials: "same-origin" });
  } catch (error) {
    if (isOutdated(error)) throw error;
    change({ connection: "gone" });
    throw new Gone();
  }
  if (answer.status === 401 || answer.status === 403) change({ connection: "other" });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}
