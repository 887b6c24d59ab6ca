// What every page does: tells its zone, keeps live parts fresh, sorts tables, follows rows.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`fungible_zone=${zone}`)) {
  document.cookie = `fungible_zone=${zone}; Path=/; SameSite=Strict; Max-Age=31536000`;
}

const switchLink = document.querySelector("[data-theme-switch]");
if (switchLink && !document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches) {
  switchLink.href = switchLink.dataset.light;
}

// Where the navigation does not fit, the place that one is at is seen.
const line = document.querySelector("nav");
const here = line?.querySelector("[aria-current]");
if (here) line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;

function sortable(table) {
  for (const [place, head] of [...table.tHead.rows[0].cells].entries()) {
    if (!head.textContent.trim()) continue;
    const button = document.createElement("button");
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, place, head));
  }
}

function sort(table, place, head) {
  const down = head.ariaSort ? head.ariaSort === "ascending" : head.classList.contains("n");
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.ariaSort = down ? "descending" : "ascending";
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => compare(worth(one.cells[place]), worth(other.cells[place])) * (down ? -1 : 1));
  table.tBodies[0].append(...rows);
}

function worth(cell) {
  if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
  const text = cell.textContent.trim();
  const number = Number(text.replaceAll(/[$,%\s]|ms/g, "").replace("−", "-").replace("<", ""));
  return text && !Number.isNaN(number) ? number : text;
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), document.documentElement.lang);
}

function prepare(root) {
  root.querySelectorAll("table[data-sorts]").forEach(sortable);
  // Where a course does not fit, its end is what one wants to see.
  root.querySelectorAll("[data-end]").forEach((part) => (part.scrollLeft = part.scrollWidth));
  for (const part of root.querySelectorAll("[data-load]")) {
    // What reads the whole log does so when it is asked to.
    const button = part.querySelector("button");
    if (button) button.addEventListener("click", () => { button.disabled = true; load(part); });
    else load(part);
  }
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input") && !String(getSelection())) location.assign(row.dataset.href);
});

function keepLive(part) {
  const badge = () => part.querySelector(".live");
  const show = (on) => badge() && (badge().hidden = !on);
  show(true);
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement) || part.querySelector("details[open]")) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) return show(false);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      if (fresh && fresh.innerHTML !== part.dataset.was) {
        part.dataset.was = fresh.innerHTML;
        part.replaceChildren(...fresh.childNodes);
        prepare(part);
      }
      show(true);
    } catch {
      show(false);
    }
  }, Number(part.dataset.live) * 1000);
}

// What takes long comes after its page; who does not want to wait leaves.
async function load(part) {
  try {
    const answer = await fetch(part.dataset.load, { headers: { accept: "text/html" } });
    if (part.dataset.of && !answer.ok) throw new Error(answer.status);
    const whole = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Of a page that was asked for the sake of one part, only that one is taken.
    const name = part.dataset.of ?? "main";
    const place = document.getElementById(name);
    place.replaceChildren(...whole.getElementById(name).childNodes);
    prepare(place);
  } catch {
    part.textContent = part.dataset.failed;
  }
}

prepare(document);
document.querySelectorAll("[data-live]").forEach(keepLive);
