/** What the page knows now. Parts of the page watch the values that they show. */

export const state = {
  /** From /api/film: name, kind, width, height, rate, settings and so on. */
  film: null,
  /** When the frame is shown that the page begins with, before its shot is found. */
  start: null,
  /** From /api/shots, in the film's order, and whether the survey of the film is done. */
  shots: [],
  surveyed: false,
  /** The id of the shot that is open, the times of its frames as text, and the frame shown. */
  shot: null,
  times: [],
  index: 0,
  /** While the shot opens: {fraction, line}. `openings` counts how often it was made anew. */
  opening: null,
  openings: 0,
  /** While the film is looked through for what waits: {fraction, line}. */
  pass: null,
  /** From /api/hints: revision, entries, can_undo, can_redo, problem. */
  hints: { revision: null, entries: [], can_undo: false, can_redo: false, problem: null },
  /** The id of the entry that is selected, or a mark that has no color yet. */
  selected: null,
  draft: null,
  /** Its radius and spread while their sliders are moved. */
  tried: null,
  /** What the brightness where it lies can hold, a `Gamut`; null while that is not known. */
  gamut: null,
  /** How the picture is shown: "grey", "split" or "color"; and whether hints are left out. */
  view: "color",
  before: false,
  /** Where the split lies, as a fraction of the stage's width, so that zooming leaves it in sight. */
  split: 0.5,
  /** "point", "stroke", "region" or "dropper". */
  tool: "point",
  /** How many places of a stroke or region are drawn so far. */
  sketched: 0,
  /** Screen pixels a picture pixel, where the picture's corner lies on the stage, and if it fits. */
  place: { scale: 1, left: 0, top: 0, fits: true },
  /** Counts the frames that the stage has shown whole; the strip follows. */
  framed: 0,
  /** From /api/job. */
  job: { state: "none" },
  /**
   * Whether the server tells what happens: "none" until it does, then "live" or "gone"; "other" if
   * it is another one, which does not know this page.
   */
  connection: "none",
};

const watchers = [];

/** Call `action` whenever one of the named values changes. */
export function watch(names, action) {
  watchers.push({ names: new Set(names), action });
}

/** Take new values, and tell whoever watches one of them. */
export function change(values) {
  const names = Object.keys(values).filter((name) => !Object.is(state[name], values[name]));
  Object.assign(state, values);
  for (const { names: watched, action } of watchers)
    if (names.some((name) => watched.has(name))) action();
}

/** The time of the frame shown, as the server wrote it. */
export function now() {
  return state.times[state.index] ?? state.start;
}

/** Whether it is a photograph: one frame, no times. */
export function timeless() {
  return state.film?.kind === "photograph";
}

/** The shot that is open, or undefined. */
export function openShot() {
  return state.shots.find((shot) => shot.id === state.shot);
}

/** The entry that is selected, or undefined. */
export function selectedEntry() {
  return state.hints.entries.find((entry) => entry.id === state.selected);
}

/** The mark that colors go to, as {kind, fields}: the draft, or the selected entry if it is one. */
export function target() {
  if (state.draft) return state.draft;
  const entry = selectedEntry();
  return entry && isMark(entry) ? { kind: entry.kind, fields: entry } : undefined;
}

/** Whether an entry has a place in the picture. */
export function isMark(entry) {
  return ["point", "stroke", "region"].includes(entry.kind);
}
