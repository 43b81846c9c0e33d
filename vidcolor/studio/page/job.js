/** The ordinary job: started, followed, stopped; or its command line, to run elsewhere. */

import { Refused, ask } from "./api.js";
import { byId, show } from "./dom.js";
import { guarded, notice } from "./notices.js";
import { change, state, watch } from "./state.js";

const LINE = "job-notice";
const start = byId("colorize");
const command = byId("command");
let again = false;

async function begin() {
  await guarded(LINE, async () => {
    try {
      const body = again ? { overwrite: true } : {};
      await ask("/api/job", { method: "POST", body });
      again = false;
    } catch (error) {
      if (error instanceof Refused && error.answer.exists) again = true;
      layOut();
      throw error;
    }
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
      byId("job-line").textContent = "The command is copied. It makes what Colorize makes.";
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
  show(start, !isRunning);
  show(byId("stop"), isRunning);
  show(byId("job-bar"), isRunning);
  byId("job-bar").value = fraction ?? 0;
  start.textContent = again ? "Colorize anew" : stage === "stopped" ? "Go on" : "Colorize";
  const lines = {
    none: "",
    running: `${begun(line)}. Later edits are for the next run.`,
    done: `Done: ${output}`,
    failed: "",
    stopped: "Stopped. Colorize goes on where it was.",
  };
  byId("job-line").textContent = lines[stage] ?? "";
  if (stage === "failed") notice(LINE, line ?? "The job failed.");
}

/** A line with a capital letter, as the beginning of a sentence. */
function begun(line) {
  return line ? line[0].toUpperCase() + line.slice(1) : "Begins";
}

start.addEventListener("click", begin);
byId("stop").addEventListener("click", stop);
byId("copy-command").addEventListener("click", copyCommand);
watch(["job"], layOut);
