/** A sitting: practice, then one question after the other, until the judge stops or all is judged. */

import { pause, show } from "./clock.js";
import * as server from "./server.js";

const BEFORE = 600; // milliseconds that the cross stands before the pictures
const BETWEEN = 250; // milliseconds of grey between the first and the second one

const by = (id) => document.getElementById(id);
const canvases = [...document.querySelectorAll("canvas")];

const WORDS = {
  which: {
    title: "Which one is the photograph?",
    turns:
      "You see the same picture twice, for a second each: as it was photographed, and with " +
      "colours that were made up. Then say which one was the photograph.",
    sides:
      "You see two pictures side by side for a second: a photograph, and the same one with " +
      "colours that were made up. Then say which one is the photograph.",
    asked: "Which one was the photograph?",
    wrong: ["No, it was the other one.", "No, it was the other one."],
  },
  natural: {
    title: "Does it look natural?",
    turns: "You see one picture for a second. Then say whether its colours look natural to you.",
    asked: "Did it look natural?",
    wrong: ["No, it was a photograph as it was taken.", "No, these colours were made up."],
  },
};
const CHOICES = { turns: ["First", "Second"], sides: ["Left", "Right"], natural: ["No", "Yes"] };

let study;
let stopped = () => {}; // ends the sitting at hand

/** Show one of the screens, with the keyboard's focus where it is needed. */
function open(screen, focus) {
  for (const id of ["welcome", "stage", "thanks"]) by(id).hidden = id !== screen;
  by("bar").hidden = screen !== "stage";
  by("problem").hidden = true;
  focus?.focus();
}

/** Show one of the things that stand on the stage, or nothing. */
function stand(id) {
  for (const each of ["cross", "between", "question"]) by(each).hidden = each !== id;
}

function complain(error) {
  by("problem").textContent = error.message;
  by("problem").hidden = false;
}

async function welcome() {
  study = await server.study();
  const words = WORDS[study.ask];
  by("title").textContent = words.title;
  by("explained").textContent = words[study.side_by_side ? "sides" : "turns"];
  by("judge").value = "";
  by("judge").placeholder = study.next_name;
  by("unfinished").hidden = study.unfinished.length === 0;
  by("unfinished")
    .querySelector("ul")
    .replaceChildren(...study.unfinished.map(unfinished));
  by("finished").hidden = study.finished === 0;
  by("finished").textContent = `Finished sittings: ${study.finished}.`;
  open("welcome", by("judge"));
}

/** Return a line for a sitting that can be gone on with. */
function unfinished({ judge, done, count }) {
  const line = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = `${judge}: ${done} of ${count}`;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Go on";
  button.setAttribute("aria-label", `Go on as ${judge}`);
  button.addEventListener("click", () => sit(judge));
  line.append(name, button);
  return line;
}

/** Let a judge go through all that remains of a sitting. */
async function sit(name) {
  try {
    const sitting = await server.sitDown(name);
    const stop = new Promise((resolve) => {
      stopped = () => resolve("stop");
    });
    open("stage");
    by("pictures").className = study.side_by_side ? "sides" : "turns";
    let ready = load(sitting.sitting, sitting.remaining[0]);
    for (const [index, trial] of sitting.remaining.entries()) {
      const bar = by("bar").querySelector("progress");
      bar.max = sitting.count;
      bar.value = sitting.done + index;
      draw(await ready);
      const part = sitting.parts[trial];
      const left = sitting.remaining[index + 1];
      ready = left === undefined ? null : load(sitting.sitting, left);
      ready?.catch(() => {}); // it is awaited in its turn
      if ((await judged(sitting, trial, part, stop)) === "stop") return await welcome();
      if (part === "practice" && sitting.parts[left] !== "practice" && left !== undefined) {
        if ((await told("That was practice. From now on it counts.", stop)) === "stop") {
          return await welcome();
        }
      }
    }
    const thanks = by("thanks");
    thanks.querySelector("p").textContent = `${sitting.judge}, you have judged all pictures.`;
    open("thanks", thanks.querySelector("h1"));
  } catch (error) {
    stand("");
    complain(error);
  }
}

/** Fetch and decode the pictures of a question, before they are shown. */
function load(sitting, trial) {
  const count = study.ask === "which" ? 2 : 1;
  return Promise.all([...Array(count).keys()].map((at) => server.picture(sitting, trial, at)));
}

/** Draw pictures, which stay hidden. */
function draw(pictures) {
  pictures.forEach((picture, at) => {
    Object.assign(canvases[at], { width: picture.width, height: picture.height });
    canvases[at].getContext("2d", { alpha: false }).drawImage(picture, 0, 0);
    picture.close();
  });
}

/** Show the pictures of a question, ask, and tell the server; return "stop" if the judge stops. */
async function judged(sitting, trial, part, stop) {
  stand("cross");
  if ((await Promise.race([pause(BEFORE), stop])) === "stop") return "stop";
  stand("");
  const shown = await presented();
  const late = shown.some(
    (each) => each.late || Math.abs(each.seconds - study.seconds) > study.late,
  );
  const judgement = { shown: shown.map((each) => each.seconds), late };
  if (!late) {
    const asked = performance.now();
    const listening = new AbortController();
    const chosen = await Promise.race([choice(listening.signal), stop]);
    listening.abort();
    if (chosen === "stop") return "stop";
    judgement.chosen = chosen;
    judgement.seconds = (performance.now() - asked) / 1000;
  }
  stand("");
  const answer = await server.judge(sitting.sitting, trial, judgement);
  if (answer.late) return told("This one was not shown for a second. It does not count.", stop);
  if (part !== "practice") return "";
  return told(answer.right ? "Right." : WORDS[study.ask].wrong[judgement.chosen], stop);
}

/** Show what is drawn; return for how long each picture was seen. */
async function presented() {
  const used = study.ask === "which" ? canvases : canvases.slice(0, 1);
  if (study.side_by_side) {
    const both = await show(used, study.seconds, study.late);
    return [both, both];
  }
  const found = [];
  for (const [at, canvas] of used.entries()) {
    if (at > 0) await pause(BETWEEN);
    found.push(await show([canvas], study.seconds, study.late));
  }
  return found;
}

/** Ask, until `signal` ends that; return 0 for the left answer, 1 for the right one. */
function choice(signal) {
  const kind = study.ask === "natural" ? "natural" : study.side_by_side ? "sides" : "turns";
  const buttons = [by("left"), by("right")];
  by("asked").textContent = WORDS[study.ask].asked;
  buttons.forEach((button, at) => {
    button.querySelector("span").textContent = CHOICES[kind][at];
  });
  stand("question");
  by("asked").focus();
  return new Promise((resolve) => {
    document.addEventListener(
      "keydown",
      (event) => {
        const chosen = ["ArrowLeft", "ArrowRight"].indexOf(event.key);
        if (chosen >= 0 && !event.repeat) resolve(chosen);
      },
      { signal },
    );
    buttons.forEach((button, at) => {
      button.addEventListener("click", () => resolve(at), { signal });
    });
  });
}

/** Say something, and wait until the judge goes on. */
async function told(line, stop) {
  by("said").textContent = line;
  stand("between");
  const button = by("between").querySelector("button");
  button.focus();
  const going = new Promise((resolve) => {
    button.addEventListener("click", () => resolve(""), { once: true });
  });
  const end = await Promise.race([going, stop]);
  stand("");
  return end;
}

by("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  sit(by("judge").value.trim() || study.next_name);
});
by("stop").addEventListener("click", () => stopped());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stopped();
});
by("thanks")
  .querySelector("button")
  .addEventListener("click", () => welcome().catch(complain));
welcome().catch(complain);
