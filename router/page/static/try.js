// Tries a prompt: decides as one types, streams the answer on demand, and shows what would flip the choice.
import { api, element, fill, texts } from "./api.js";
import { choose, EXCLUSIONS, lift, measure, turns } from "./choice.js";
import { milliseconds, millionths, money, percent, points, signed } from "./numbers.js";
import { drawPlane } from "./plane.js";
import { streamChat } from "./stream.js";

const said = texts();
const colours = texts("colours");
const form = document.querySelector("[data-try]");
const at = (name) => document.querySelector(`[data-${name}]`);
const WIDEST = 0.25;
let decision = null, candidates = [], changed = fresh(), picked = null, asking = null, streaming = null;

function fresh() {
  return { band: 0, optimize: "cost", lifted: new Set(), factors: new Map() };
}

const body = (more = {}) => ({
  model: form.elements.model.value,
  messages: [{ role: "user", content: form.elements.prompt.value }],
  ...more,
});

function headers() {
  const consent = form.elements.consent.value;
  return { "content-type": "application/json", ...(consent ? { "x-fungible-consent": consent } : {}) };
}

const key = () => form.elements.key?.value || undefined;

async function ask() {
  if (!form.elements.prompt.value.trim()) return;
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const route = (model) =>
      api("/v1/route", { method: "POST", body: JSON.stringify(body({ model })), headers: headers(), key: key(), signal: mine.signal });
    const names = form.dataset.policies.split(" ").filter(Boolean);
    const [mineToo, ...others] = await Promise.all([
      route(form.elements.model.value),
      ...names.map((name) => route(name).catch((error) => (error.name === "AbortError" ? Promise.reject(error) : { data: null }))),
    ]);
    show(mineToo.data, names.map((name, place) => [name, others[place].data]));
    fault("");
  } catch (error) {
    if (error.name !== "AbortError") fault(error.message);
  }
}

function fault(message) {
  at("fault").hidden = !message;
  at("fault").textContent = message;
}

function show(data, others) {
  decision = data;
  candidates = data.candidates.map((each) => ({ ...each, cost: Number(each.cost_usd) }));
  changed = { ...fresh(), band: data.band, optimize: data.optimize };
  picked = null;
  at("why").hidden = false;
  const { task, difficulty, difficulty_error: error, language, input_tokens: input, output_tokens: output } = data.features;
  at("read-as").textContent = fill(said["js.read_as"], {
    task: said[`task.${task}`] ?? task, difficulty: difficulty.toFixed(1), error: error.toFixed(1), language, input, output,
  });
  showLifts();
  showTable();
  showPolicies(others);
  draw();
}

function showLifts() {
  const reasons = new Map();
  for (const each of candidates) {
    if (!EXCLUSIONS.has(each.code) || !each.predicted_quality || !said[`lift.${each.code}`]) continue;
    reasons.set(lift(each), each);
  }
  at("lifts").replaceChildren(...[...reasons].map(([name, each]) => {
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      changed.lifted[box.checked ? "add" : "delete"](name);
      draw();
    });
    return element("label", { class: "check" }, box, fill(said[`lift.${each.code}`], { detail: each.detail }));
  }));
}

function draw() {
  const result = choose(candidates, changed);
  const winner = changedAtAll() ? result?.winner.model : decision.chosen;
  at("band").value = changed.band;
  at("band-shown").textContent = fill(said["js.points"], { points: points(changed.band) });
  const factor = changed.factors.get(picked) ?? 1;
  at("price").disabled = !picked;
  at("price").value = Math.log2(factor) / 2;
  at("price-shown").textContent = picked ? `${picked}: ${factor === 1 ? "×1" : `×${factor.toFixed(2)}`}` : said["js.pick"];
  at("sentence").replaceChildren(...sentence(result, winner));
  drawPlane(at("plane"), candidates.filter((each) => each.predicted_quality).map((each) => ({
    name: each.model,
    colour: colours[each.owner] ?? "c5",
    cost: each.cost * (changed.factors.get(each.model) ?? 1),
    quality: each.predicted_quality,
    excluded: EXCLUSIONS.has(each.code) && !changed.lifted.has(lift(each)) ? said[`code.${each.code}`] : "",
    winner: each.model === winner,
  })), {
    best: result?.best ?? null,
    band: changed.band,
    labels: { band: said["js.band"], quality: said["js.quality"], cost: said["js.cost"] },
    money,
    percent,
    onPick: (name) => { picked = name; draw(); },
    onBand: (band) => { changed.band = Math.min(WIDEST, Math.max(0, band)); draw(); },
  });
}

const changedAtAll = () =>
  changed.band !== decision.band || changed.lifted.size > 0 || [...changed.factors.values()].some((factor) => factor !== 1);

function sentence(result, winner) {
  if (!result) return [said["js.none"]];
  const strong = (text) => element("b", {}, text ?? "");
  const [before, after] = why(result).split("{model}");
  const parts = [before, strong(winner), after ?? ""];
  if (changedAtAll()) {
    const key_ = winner === decision.chosen ? "js.still" : "js.flipped";
    parts.push(" ", element("span", { class: winner === decision.chosen ? "quiet" : "moved" }, fill(said[key_], { model: decision.chosen })));
  }
  const { wider, narrower } = turns(candidates, changed, WIDEST);
  const turn = decision.reason === "policy" || changedAtAll() ? wider ?? narrower : null;
  if (turn) {
    const words = said[turn === wider ? "js.wider" : "js.narrower"];
    parts.push(" ", element("span", { class: "quiet" }, fill(words, { points: points(turn.band), model: turn.model })));
  }
  return parts;
}

function why(result) {
  if (!changedAtAll() && decision.reason !== "policy") return said[`js.reason.${decision.reason}`] ?? said["js.reason.asked"];
  const count = result.inside.length;
  const words = count === 1 ? "js.alone" : changed.optimize === "cost" ? "js.cheapest" : "js.fastest";
  return said[words].replace("{count}", count).replace("{points}", points(changed.band)).replace("{best}", percent(result.best));
}

function showTable() {
  at("candidates").replaceChildren(...candidates.map((each) => {
    const dot = element("i", { class: `mark ${colours[each.owner] ?? "c5"}`, title: each.owner });
    const chosen = each.model === decision.chosen;
    return element("tr", { class: chosen ? "own" : null },
      element("td", {}, dot, element("code", {}, each.model)),
      element("td", { class: "n" }, each.predicted_quality ? percent(each.predicted_quality) : "—"),
      element("td", { class: "n" }, each.cost ? millionths(each.cost) : "—"),
      element("td", { class: "n" }, each.latency_ms ? milliseconds(each.latency_ms) : "—"),
      element("td", {}, element("span", { class: `chip ${chosen ? "better" : EXCLUSIONS.has(each.code) ? "worse" : ""}` }, verdict(each))),
      element("td", { class: "quiet" }, chosen ? "" : flip(each)));
  }));
}

const verdict = (each) => said[`code.${each.code}`] + (each.detail ? `: ${each.detail}` : "");

function flip(each) {
  const [least] = each.flips;
  if (!least) return said["flip.none"];
  const first = least.first ? said["flip.first"].replace("{what}", said[`code.${least.first.split(":")[0]}`] ?? least.first) : "";
  const change = least.kind === "name" ? (decision.reason === "policy" ? "" : said["flip.name"])
    : fill(said[`flip.${least.kind}`], {
      now: least.kind === "band" ? points(least.now) : least.now.toFixed(2),
      then: least.kind === "band" ? points(least.then) : least.then.toFixed(2),
      size: `${(100 * least.size).toFixed(least.size < 0.01 ? 1 : 0)} %`,
    });
  return [first, change].filter(Boolean).join(" + ");
}

function showPolicies(others) {
  const mine = candidates.find((each) => each.model === decision.chosen);
  at("policies-table").replaceChildren(...others.map(([name, other]) => {
    const chosen = other?.candidates.find((each) => each.model === other.chosen);
    const beside = chosen && mine?.cost ? Number(chosen.cost_usd) / mine.cost - 1 : null;
    return element("tr", { class: name === decision.policy ? "own" : null },
      element("td", {}, name),
      element("td", {}, chosen ? element("i", { class: `mark ${colours[chosen.owner] ?? "c5"}` }) : "", element("code", {}, other?.chosen ?? "—")),
      element("td", { class: "n" }, chosen ? percent(chosen.predicted_quality) : "—"),
      element("td", { class: "n" }, chosen ? millionths(chosen.cost_usd) : "—"),
      element("td", { class: "n" }, chosen ? milliseconds(chosen.latency_ms) : "—"),
      element("td", { class: "n" }, beside === null ? "—" : beside === 0 ? "=" : signed(beside)));
  }));
}

async function send(event) {
  event?.preventDefault();
  if (!form.reportValidity()) return;
  streaming?.abort();
  const mine = (streaming = new AbortController());
  const [out, served, receipt] = [at("answer"), at("served"), at("receipt")];
  const words = element("p", { class: "text" });
  out.replaceChildren(words);
  out.ariaBusy = "true";
  served.textContent = said["js.asking"];
  receipt.hidden = true;
  at("stop").hidden = false;
  ask();
  try {
    const end = await streamChat(body({ stream: true }), headers(), key(), mine.signal, (text) => words.append(text));
    served.textContent = fill(said["js.served"], { model: end.model });
    if (end.fungible) {
      const link = element("a", { href: `/decisions/${end.fungible.receipt}` }, said["js.receipt"]);
      receipt.replaceChildren(link, ` · ${money(end.fungible.cost_usd)}`);
      receipt.hidden = false;
    }
    fault("");
  } catch (error) {
    served.textContent = mine.signal.aborted ? said["js.stopped"] : "";
    if (!mine.signal.aborted) fault(error.message);
  } finally {
    out.ariaBusy = "false";
    at("stop").hidden = true;
  }
}

let timer;
const soon = () => { clearTimeout(timer); timer = setTimeout(ask, 300); };
form.addEventListener("input", (event) => event.target.name !== "key" && soon());
form.addEventListener("submit", send);
form.addEventListener("keydown", (event) => event.key === "Enter" && (event.metaKey || event.ctrlKey) && send(event));
at("stop").addEventListener("click", () => streaming?.abort());
at("band").addEventListener("input", (event) => { changed.band = Number(event.target.value); draw(); });
at("price").addEventListener("input", (event) => { changed.factors.set(picked, 4 ** Number(event.target.value)); draw(); });
at("reset").addEventListener("click", () => {
  changed = { ...fresh(), band: decision.band, optimize: decision.optimize };
  at("lifts").querySelectorAll("input").forEach((box) => (box.checked = false));
  draw();
});
for (const example of document.querySelectorAll("[data-example]")) {
  example.addEventListener("click", () => { form.elements.prompt.value = example.textContent; ask(); });
}
