/** Changes of the hints: one request each, one after the other, each one step to undo. */

import { Refused, ask } from "./api.js";
import { guarded } from "./notices.js";
import { loadFilm } from "./session.js";
import { change, now, selectedEntry, state, timeless } from "./state.js";

const LINE = "hints-notice";
const STROKE_RADIUS = 0.005;
/** By kind of mark, what the latest one was set to: the next one begins with it. */
const latest = { point: {}, stroke: {}, region: {} };
let last = Promise.resolve();
/** The draft that is being saved. */
let saving = null;

/** Add an entry of a kind. Returns what the server answers; undefined if it refused. */
export function add(kind, fields) {
  return send([{ op: "add", kind, fields }]);
}

/** Change some keys of an entry; null takes a key away. */
export function update(id, fields) {
  return send([{ op: "change", id, fields }]);
}

/** Take entries away. */
export async function remove(ids) {
  const answer = await send(ids.map((id) => ({ op: "remove", id })));
  if (answer && ids.includes(state.selected)) change({ selected: null });
}

/** Delete what is selected: the draft, or the entry. */
export function removeSelected() {
  if (state.draft) change({ draft: null });
  else if (selectedEntry()) remove([state.selected]);
}

/** Give a color to what is selected. Returns false if nothing is that takes one. */
export function give(color) {
  const entry = selectedEntry();
  if (state.draft) save(state.draft, color);
  else if (entry?.color !== undefined) update(entry.id, { color });
  else return false;
  return true;
}

/** Let marks of a kind begin with these numbers from now on. */
export function remember(kind, fields) {
  Object.assign(latest[kind], fields);
}

/** Set a mark that waits for its color; `fields` are those of its form. Regions are as drawn. */
export function draft(kind, fields) {
  const { radius, strength } = state.film.hint_defaults;
  const sized =
    kind === "region" ? { spread: 0 } : { radius: kind === "stroke" ? STROKE_RADIUS : radius };
  const timed = timeless() ? {} : { at: now(), for: "shot" };
  const numbers = { ...sized, strength, ...latest[kind] };
  change({ draft: { kind, fields: { ...timed, ...fields, ...numbers } }, selected: null });
}

/** Copy entries to another shot. */
export function copy(ids, shot) {
  return queued(() => ask("/api/copy", { method: "POST", body: { ids, to: shot } }));
}

/** Take the last step back. */
export function undo() {
  if (state.draft) change({ draft: null });
  else if (state.hints.can_undo) step("/api/undo");
}

/** Take the last step that was undone again. */
export function redo() {
  if (state.hints.can_redo) step("/api/redo");
}

/** Take in the hints anew, for instance when the file was changed by someone else. */
export async function loadHints() {
  take(await ask("/api/hints"));
}

/** Resolves when all that was to be saved is saved, or refused. */
export function settled() {
  return last;
}

/** Save a draft with its color; what it is given meanwhile becomes a change of what was saved. */
async function save(mark, color) {
  if (saving === mark) {
    await last;
    give(color);
    return;
  }
  saving = mark;
  const answer = await add(mark.kind, { ...mark.fields, color });
  saving = null;
  if (answer && state.draft === mark) change({ selected: answer.added[0], draft: null });
}

async function step(path) {
  await queued(() => ask(path, { method: "POST" }));
  await guarded(LINE, loadFilm); // steps may be those of settings
}

/** Make changes, as one step to undo. Returns what the server answers; undefined if it refused. */
export function send(edits) {
  return queued(() =>
    ask("/api/edit", { method: "POST", body: { revision: state.hints.revision, edits } }),
  );
}

/** Run a request when those before it have ended, and take in the hints that it answers. */
function queued(work) {
  const run = () =>
    guarded(LINE, async () => {
      try {
        const answer = await work();
        take(answer);
        return answer;
      } catch (error) {
        if (error instanceof Refused && error.status === 409) await loadHints();
        throw error;
      }
    });
  last = last.then(run, run);
  return last;
}

function take({ revision, entries, can_undo, can_redo, problem }) {
  const gone = !entries.some((entry) => entry.id === state.selected);
  change({
    hints: { revision, entries, can_undo, can_redo, problem },
    selected: gone ? null : state.selected,
  });
}
