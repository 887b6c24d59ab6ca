// Plays the shipped workload through this server, as a client would, a few requests at a time.
import { api, fill } from "./api.js";

const AT_ONCE = 4;
const MODELS = ["auto", "auto", "auto", "cost", "quality"];
const button = document.querySelector("[data-demo]");
const stop = document.querySelector("[data-demo-stop]");
const bar = document.querySelector("progress");
const status = document.querySelector("[data-demo-status]");

async function play() {
  const leaving = new AbortController();
  stop.onclick = () => leaving.abort();
  button.disabled = true;
  stop.hidden = bar.hidden = false;
  const key = document.querySelector("[data-api-key]")?.value;
  try {
    const { data } = await api("/admin/v1/workload");
    const cases = data.data;
    let next = 0, done = 0;
    const worker = async () => {
      while (next < cases.length && !leaving.signal.aborted) {
        const place = next++;
        const { messages, metadata } = cases[place];
        const body = { model: MODELS[place % MODELS.length], messages, metadata, max_tokens: 400 };
        try {
          await api("/v1/chat/completions", { method: "POST", body, key, signal: leaving.signal });
        } catch (error) {
          if (error.status === 401 || error.status === 403) throw error;
        }
        bar.value = ++done / cases.length;
        status.textContent = fill(button.dataset.progress, { done, all: cases.length });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    location.reload();
  } catch (error) {
    status.textContent = leaving.signal.aborted ? button.dataset.stopped : fill(button.dataset.failed, { why: error.message });
    button.disabled = false;
    stop.hidden = true;
  }
}

button?.addEventListener("click", play);
