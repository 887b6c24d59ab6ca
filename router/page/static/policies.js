// Edits the policies: lint as one types, then tests, differences and a replay; apply with a reason; roll back.
import { api, element, fill, texts } from "./api.js";
import { edit } from "./editor.js";
import { NOTHING, points, signed } from "./numbers.js";

const said = texts();
const colours = texts("colours");
const root = document.querySelector("[data-policies]");
const at = (name) => document.querySelector(`[data-${name}]`);
const ROOT = "/admin/v1/policies";
const DRAFT = "fungible-draft";
const textarea = document.getElementById("text");
let etag = root.dataset.etag, base = textarea.value, asking = null, timer, theirs = null;

const schema = await api(`${ROOT}/schema`).then((answer) => answer.data, () => null);
const editor = edit(textarea, schema, soon);

function soon() {
  clearTimeout(timer);
  sessionStorage.setItem(DRAFT, JSON.stringify({ etag, text: editor.text() }));
  at("done").hidden = at("fault").hidden = true;
  timer = setTimeout(look, 250);
}

const yamlHeaders = { "content-type": "application/yaml" };

async function look() {
  asking?.abort();
  const mine = (asking = new AbortController());
  const text = editor.text();
  const changed = text !== base;
  at("changed").hidden = !changed;
  try {
    const { data } = await api(`${ROOT}/lint`, { method: "POST", body: text, headers: yamlHeaders, signal: mine.signal });
    showFindings(data.data);
    const broken = data.data.some((finding) => finding.severity === "error");
    if (broken || !changed) return showNothing(broken ? "broken" : "unchanged", data.data);
    headline("replaying");
    const answer = await api(`${ROOT}/replay?pictures=true`, { method: "POST", body: text, headers: yamlHeaders, signal: mine.signal });
    showProposal(answer.data);
  } catch (error) {
    if (error.name === "AbortError") return;
    showNothing("refused");
    if (error.body?.error?.problems) showProblems(error.body.error.problems);
    else fault(error.message);
  }
}

function headline(name, values = {}) {
  at("headline").textContent = fill(said[`edit.${name}`], values);
  at("subline").textContent = fill(said[`edit.${name}.note`] ?? "", values);
}

function showNothing(name, findings = []) {
  headline(name, { count: findings.filter((finding) => finding.severity === "error").length });
  at("differences").replaceChildren();
  at("figures").hidden = at("apply").hidden = at("pictures").hidden = true;
}

function showFindings(findings) {
  editor.mark(findings);
  at("findings").replaceChildren(...findings.map((finding) => {
    const place = element("button", { type: "button", class: "place" }, `${finding.line}:${finding.column}`);
    place.addEventListener("click", () => editor.goTo(finding.line, finding.column));
    return element("li", { class: finding.severity }, place, element("span", {}, finding.message, " ", element("span", { class: "quiet" }, finding.suggestion)));
  }));
}

function showProblems(problems) {
  at("findings").replaceChildren(...problems.map((problem) =>
    element("li", { class: "error" }, element("span", { class: "place" }, problem.where), element("span", {}, problem.message))));
}

function showProposal(proposal) {
  const { replay } = proposal;
  headline(proposal.differences.length ? "sound" : "same", { tests: proposal.tests, requests: replay.requests ?? 0 });
  at("differences").replaceChildren(...proposal.differences.map((difference) => element("li", {}, difference)));
  at("apply").hidden = false;
  at("replaces").textContent = fill(said["edit.replaces"], { previous: proposal.previous, revision: proposal.revision });
  at("figures").hidden = !replay.requests;
  if (replay.requests) showFigures(replay);
  showPictures(proposal.pictures);
}

function showFigures(replay) {
  const part = replay.flips / replay.requests;
  const between = ([low, high], write) => (low === null || low === undefined ? said["edit.no_interval"] : `${write(low)} – ${write(high)}`);
  const percent = (value) => signed(value, 1);
  const inPoints = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${points(Math.abs(value))}`;
  const tone = ([low, high], better) => (low === null || low === undefined || low * high <= 0 ? "" : low * better > 0 ? "better" : "worse");
  at("figures").replaceChildren(
    tile(said["edit.flips"], `${(100 * part).toFixed(1)} %`, fill(said["edit.flips.note"], { flips: replay.flips, requests: replay.requests })),
    tile(said["edit.cost"], percent(replay.cost_change), between(replay.cost_interval, percent), tone(replay.cost_interval, -1)),
    tile(said["edit.quality"], inPoints(replay.quality_change), between(replay.quality_interval, inPoints), tone(replay.quality_interval, 1)),
    tile(said["edit.refused_now"], String(replay.newly_refused), "", replay.newly_refused ? "worse" : ""));
}

const tile = (name, figure, note, tone = "") =>
  element("div", { class: "tile" }, element("h3", {}, name), element("p", { class: `figure ${tone}` }, figure), element("p", {}, note || NOTHING));

const HEADS = { "flips": "picture.flips", "cost, %": "picture.cost", "predicted quality, points": "picture.quality" };
const inWords = (text) => said[`task.${text}`] ?? said[HEADS[text]] ?? text;

// The server's own drawing, whose classes count owners from nought: here each owner has its colour.
function drawing(markup, owners) {
  const parsed = new DOMParser().parseFromString(markup, "text/html").querySelector("svg");
  const known = owners.map((owner) => colours[owner] ?? "c5");
  for (const shape of parsed?.querySelectorAll("path, rect") ?? []) {
    const found = [...shape.classList].find((name) => /^c\d$/.test(name));
    if (found && known[found[1]]) shape.classList.replace(found, `${known[found[1]]}`);
  }
  for (const { firstChild: shown } of parsed?.querySelectorAll("text") ?? []) {
    if (shown?.nodeType === Node.TEXT_NODE) shown.data = inWords(shown.data);
  }
  return parsed ? [document.importNode(parsed, true)] : [];
}

function showPictures(pictures) {
  at("pictures").hidden = !pictures?.models;
  if (!pictures?.models) return;
  at("flow").replaceChildren(...drawing(pictures.models, pictures.owners));
  at("shift").replaceChildren(...drawing(pictures.tasks, pictures.owners));
  at("owners").replaceChildren(...pictures.owners.filter(Boolean).map((owner) =>
    element("li", {}, element("i", { class: `mark ${colours[owner] ?? "c5"}` }), owner)));
  at("causes").replaceChildren(...pictures.causes.map((cause) =>
    element("tr", {}, element("td", {}, cause.change), element("td", { class: "n" }, String(cause.flips)))));
}

function fault(message) {
  at("fault").hidden = !message;
  at("fault").textContent = message;
}

async function change(path, options, words) {
  fault("");
  try {
    const answer = await api(path, { ...options, headers: { ...yamlHeaders, "if-match": `"${etag}"` } });
    sessionStorage.removeItem(DRAFT);
    sessionStorage.setItem("fungible-said", fill(words, { revision: answer.data.revision }));
    location.reload();
  } catch (error) {
    if (error.status === 412 || error.body?.error?.code === "stale") await conflict();
    else fault(error.message);
  }
}

const reason = () => encodeURIComponent(at("because").value);

async function conflict() {
  const answer = await api(ROOT);
  theirs = { text: answer.data, etag: answer.etag.replaceAll('"', "") };
  const log = await api(`${ROOT}/log`);
  const last = log.data.data[0];
  at("conflict-note").textContent = fill(said["edit.conflict"], { by: last.by || "?", because: last.because || NOTHING, revision: last.revision });
  at("theirs").textContent = theirs.text;
  at("conflict").hidden = false;
  at("conflict").scrollIntoView({ block: "nearest" });
}

function rebase(text) {
  etag = root.dataset.etag = theirs.etag;
  base = theirs.text;
  at("etag-shown").textContent = etag;
  at("conflict").hidden = true;
  if (text !== null) editor.replace(text);
  soon();
}

at("apply-button").addEventListener("click", () =>
  change(`${ROOT}?because=${reason()}`, { method: "PUT", body: editor.text() }, said["edit.applied"]));
at("try-beside").addEventListener("click", async () => {
  fault("");
  try {
    const options = { method: "POST", body: editor.text(), headers: yamlHeaders };
    const { data } = await api(`${ROOT}/candidates?because=${reason()}`, options);
    sessionStorage.removeItem(DRAFT);
    location.assign(`/policies/candidates/${data.candidate}`);
  } catch (error) {
    fault(error.message);
  }
});
at("undo").addEventListener("click", () => editor.replace(base));
at("take-base").addEventListener("click", () => rebase(null));
at("take-theirs").addEventListener("click", () => rebase(theirs.text));
for (const button of document.querySelectorAll("[data-roll-back]")) {
  button.addEventListener("click", () => {
    if (button.dataset.armed) {
      const because = encodeURIComponent(fill(said["edit.rolled_because"], { revision: button.dataset.revision }));
      change(`${ROOT}/rollback?revision=${button.dataset.rollBack}&because=${because}`, { method: "POST" }, said["edit.rolled_back"]);
    } else {
      button.dataset.armed = "yes";
      button.classList.add("danger");
      button.textContent = fill(said["edit.roll_back_sure"], { revision: button.dataset.revision });
    }
  });
}

const told = sessionStorage.getItem("fungible-said");
if (told) {
  sessionStorage.removeItem("fungible-said");
  at("done").textContent = told;
  at("done").hidden = false;
}
const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
if (draft && draft.text !== base) {
  if (draft.etag !== etag) {
    theirs = { text: base, etag };
    etag = draft.etag;
    conflict();
  }
  editor.replace(draft.text);
} else {
  look();
}
root.dataset.ready = "yes";
