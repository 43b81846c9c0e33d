/** Shows elements for a given time by the browser's own clock: the timestamps of its frames. */

const frame = () => new Promise(requestAnimationFrame);

/** Wait for so many milliseconds, and then for the next frame. */
export async function pause(milliseconds) {
  await new Promise((done) => setTimeout(done, milliseconds));
  await frame();
}

/**
 * Show elements for `seconds`, to the nearest frame, and hide them again.
 *
 * Returns {seconds, late}: for how long, and whether that is uncertain. A change that is made in one
 * frame is seen when the next one begins. Where that one comes more than `tolerance` seconds later,
 * nobody knows when the picture appeared or went; nor if the page was out of sight meanwhile.
 */
export async function show(elements, seconds, tolerance) {
  let outOfSight = document.hidden;
  const look = () => {
    outOfSight ||= document.hidden;
  };
  document.addEventListener("visibilitychange", look);
  const set = (visibility) =>
    elements.forEach((each) => {
      each.style.visibility = visibility;
    });

  const begin = await frame();
  set("visible");
  let now = await frame();
  const first = now - begin;
  let interval = first;
  while (now - begin + interval / 2 < 1000 * seconds) {
    const next = await frame();
    interval = next - now;
    now = next;
  }
  set("hidden");
  const last = (await frame()) - now;

  document.removeEventListener("visibilitychange", look);
  const late = outOfSight || Math.max(first, last) > 1000 * tolerance;
  return { seconds: (now - begin) / 1000, late };
}
