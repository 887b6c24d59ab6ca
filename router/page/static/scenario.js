// Plays a scenario again when a setting was moved: the page's own address with the settings in it, so that one can send it.
const form = () => document.querySelector("[data-play]");
let running;

function address() {
  const words = new URLSearchParams(new FormData(form()));
  return `${form().getAttribute("action")}?${words}`;
}

async function play() {
  running?.abort();
  running = new AbortController();
  const body = document.querySelector("[data-body-of]");
  const to = address();
  body.classList.add("waits");
  form().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(to, { headers: { accept: "text/html" }, signal: running.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.querySelector("[data-body-of]");
    if (!answer.ok || !next) return location.assign(to);
    body.replaceChildren(...next.childNodes);
    document.querySelector("h1").textContent = fresh.querySelector("h1").textContent;
    history.replaceState(null, "", to.replace("part=whole&", ""));
    body.classList.remove("waits");
    form().removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") location.assign(to);
  }
}

document.addEventListener("input", (event) => {
  const label = event.target.closest("[data-play] label");
  const shown = label?.querySelector("output");
  if (shown) shown.textContent = event.target.value;
});
document.addEventListener("change", (event) => event.target.closest("[data-play]") && play());
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-play]")) return;
  event.preventDefault();
  play();
});
