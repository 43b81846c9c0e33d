/** The ordinary job: started, followed, stopped; or its command line, to run elsewhere. */

import { Refused, ask } from "./api.js";
import { byId, show } from "./dom.js";
import { guarded, notice, passing } from "./notices.js";
import { change, state, timeless, watch } from "./state.js";

const LINE = "job-notice";
/** Where the browser keeps, for this visit, the revision of the hints that the job began with. */
const MADE_OF = "made of";
const start = byId("colorize");
const command = byId("command");
let again = false;

async function begin() {
  await guarded(LINE, async () => {
    try {
      const { revision } = state.hints;
      await ask("/api/job", { method: "POST", body: { overwrite: again } });
      again = false;
      sessionStorage.setItem(MADE_OF, revision);
    } catch (error) {
      if (error instanceof Refused && error.answer.exists) again = true;
      layOut();
      throw error;
    }
    change({ job: await ask("/api/job") });
  });
}

async function goOn() {
  await guarded(LINE, async () => {
    await ask("/api/job", { method: "POST", body: { go_on: true } });
    change({ job: await ask("/api/job") });
  });
}

async function stop() {
  await guarded(LINE, async () => {
    await ask("/api/job", { method: "DELETE" });
    change({ job: await ask("/api/job") });
  });
}

/** Copy the command line; where the browser lets no page copy, show it to be copied by hand. */
async function copyCommand() {
  await guarded(LINE, async () => {
    const answer = await ask("/api/command");
    try {
      await navigator.clipboard.writeText(answer.command);
      passing(LINE, "The command is copied; run it in a terminal.");
    } catch {
      command.value = answer.command;
      show(command, true);
      command.select();
    }
  });
}

function layOut() {
  const { state: stage, fraction, line, output } = state.job;
  const isRunning = stage === "running";
  const isStopped = stage === "stopped";
  show(start, !isRunning);
  show(byId("go-on"), isStopped);
  show(byId("stop"), isRunning);
  show(byId("job-bar"), isRunning);
  const bar = byId("job-bar");
  if (fraction) bar.value = fraction;
  else bar.removeAttribute("value"); // it is not known yet how far it is
  start.textContent = again || isStopped ? "Colorize anew" : "Colorize";
  start.classList.toggle("main", !isStopped);
  const lines = {
    none: `Colorize makes a new file of the ${timeless() ? "photograph" : "film"}.`,
    running: `${begun(line)}. Later edits are for the next run.`,
    done: `Done: ${output}${isEdited() ? ". You have changed something since." : ""}`,
    failed: "",
    stopped: `Stopped. “Go on” takes it up where it was${isEdited() ? ", without your later edits" : ""}.`,
  };
  byId("job-line").textContent = lines[stage] ?? "";
  if (stage === "failed") notice(LINE, line ?? "The job failed.");
}

/** Whether hints or settings changed since the film that is done was begun. */
function isEdited() {
  return sessionStorage.getItem(MADE_OF) !== String(state.hints.revision);
}

/** A line with a capital letter, as the beginning of a sentence. */
function begun(line) {
  return line ? line[0].toUpperCase() + line.slice(1) : "Begins";
}

start.addEventListener("click", begin);
byId("go-on").addEventListener("click", goOn);
byId("stop").addEventListener("click", stop);
byId("copy-command").addEventListener("click", copyCommand);
watch(["job", "hints"], layOut);
