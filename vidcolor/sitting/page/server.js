/** Asks the server, and says in one line what went wrong. */

async function answered(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("vidcolor does not answer. Start it again; all judgements are saved.");
  }
  if (!response.ok) {
    const { error } = await response.json().catch(() => ({}));
    throw new Error(error ?? `vidcolor answers ${response.status}.`);
  }
  return response;
}

/** Return what is judged, and who may go on. */
export const study = async () => (await answered("/api/study")).json();

/** Go on with the sitting of a judge, or begin one. */
export const sitDown = (judge) => post("/api/sitting", { judge });

/** Tell a judgement of a question; the answer says whether it came late and, in practice, was right. */
export const judge = (sitting, trial, judgement) => post(place(sitting, trial), judgement);

/** Return a picture of a question, decoded: 0 the first or left one, 1 the other one. */
export async function picture(sitting, trial, at) {
  const response = await answered(`${place(sitting, trial)}/${at}`);
  return createImageBitmap(await response.blob());
}

const place = (sitting, trial) => `/api/sitting/${encodeURIComponent(sitting)}/${trial}`;

async function post(path, content) {
  const options = { method: "POST", body: JSON.stringify(content) };
  return (await answered(path, options)).json();
}
