// Verifies a receipt in the reader's own browser: each rung from the record up to the signed head, none on trust.
import { element, fill, texts } from "./api.js";
import {
  fromBase64, hex, isConsistent, keyOf, leafHash, parseCheckpoint, parseKey, parseNote, rootOfInclusion, same, sha256,
  signedBy, utf8,
} from "./merkle.js";

const said = texts();
const box = document.querySelector("[data-proof]");
const ladder = document.querySelector("[data-ladder]");
const verdict = document.querySelector("[data-verdict]");

class Broken extends Error {}

async function fetchText(path) {
  const answer = await fetch(path, { cache: "no-store" });
  const text = await answer.text();
  if (answer.ok) return text;
  let why = text;
  try { why = JSON.parse(text).error.message; } catch { /* the server said something else */ }
  throw new Broken(why);
}

function rung(name) {
  const note = element("p", { class: "quiet" });
  const line = element("li", { "data-rung": name, class: "waiting" }, element("b", {}, said[`proof.${name}`]), note);
  ladder.append(line);
  return (state, words) => {
    line.className = state;
    note.textContent = words;
  };
}

function parseProof(written) {
  const gap = written.indexOf("\n\n");
  const [title, ...lines] = written.slice(0, gap).split("\n");
  if (title !== "c2sp.org/tlog-proof@v1") throw new Broken(said["proof.no_proof"]);
  const extra = JSON.parse(new TextDecoder().decode(fromBase64(lines.shift().slice("extra ".length))));
  const index = Number(lines.shift().slice("index ".length));
  return { extra, index, path: lines.map(fromBase64), head: parseNote(written.slice(gap + 2)) };
}

// RFC 8785 of an entry: its values are texts, whole numbers and null, so that sorted names are all it takes.
const canonical = (entry) => utf8(JSON.stringify(Object.fromEntries(Object.keys(entry).sort().map((name) => [name, entry[name]]))));

function pinned(origin, offered) {
  const place = `fungible-key ${origin}`;
  const known = localStorage.getItem(place);
  if (known === null) localStorage.setItem(place, offered);
  return { key: known ?? offered, first: known === null };
}

async function record(proof, shown, step) {
  const digest = hex(await sha256(utf8(proof.extra.body)));
  if (proof.extra.body !== shown) throw new Broken(said["proof.record.other"]);
  if (digest !== proof.extra.entry.body) throw new Broken(said["proof.record.changed"]);
  if (proof.extra.entry.subject !== box.dataset.proof) throw new Broken(said["proof.record.other"]);
  step("good", fill(said["proof.record.good"], { hash: digest.slice(0, 16) }));
}

async function leaf(proof, step) {
  if (proof.extra.entry.sequence !== proof.index) throw new Broken(said["proof.leaf.place"]);
  const hash = await leafHash(canonical(proof.extra.entry));
  step("good", fill(said["proof.leaf.good"], { hash: hex(hash).slice(0, 16), index: proof.index }));
  return hash;
}

async function path(proof, head, hash, step) {
  const root = await rootOfInclusion(proof.index, head.size, hash, proof.path);
  if (root === null || !same(root, head.root)) throw new Broken(said["proof.path.bad"]);
  step("good", fill(said["proof.path.good"], { steps: proof.path.length, size: head.size, root: hex(root).slice(0, 16) }));
}

async function signature(proof, head, keys, step) {
  const { key, first } = pinned(keys.origin, keys.key);
  const trusted = await keyOf(head.size, parseKey(key), head.origin, proof.extra.keys);
  if (key !== keys.key) throw new Broken(fill(said["proof.head.other_key"], { known: key.split("+")[1] }));
  if (trusted.name !== head.origin || !(await signedBy(proof.head, trusted))) throw new Broken(said["proof.head.bad"]);
  step("good", fill(said[first ? "proof.head.pinned" : "proof.head.good"], { key: trusted.id, size: head.size }));
}

async function history(head, step) {
  const place = `fungible-head ${head.origin}`;
  const seen = JSON.parse(localStorage.getItem(place) ?? "null");
  if (seen && seen.size <= head.size) {
    const answer = JSON.parse(await fetchText(`/v1/log/consistency?old=${seen.size}&new=${head.size}`));
    const good = await isConsistent(seen.size, fromBase64(seen.root), head.size, head.root, answer.path.map(fromBase64));
    if (!good) throw new Broken(fill(said["proof.history.bad"], { size: seen.size }));
  }
  if (!seen || seen.size <= head.size) {
    localStorage.setItem(place, JSON.stringify({ size: head.size, root: btoa(String.fromCharCode(...head.root)) }));
  }
  step("good", fill(said[seen ? "proof.history.good" : "proof.history.first"], { size: seen?.size ?? head.size }));
}

async function verify() {
  let step = rung("record");
  const next = (name) => (step = rung(name));
  try {
    if (!globalThis.crypto?.subtle) throw new Broken(said["proof.insecure"]);
    const id = box.dataset.proof;
    const [shown, written, keys] = await Promise.all([
      fetchText(`/v1/receipts/${id}`), fetchText(`/v1/receipts/${id}/proof`), fetchText("/v1/log/keys"),
    ]);
    const proof = parseProof(written);
    await record(proof, shown, step);
    const hash = await leaf(proof, next("leaf"));
    const head = parseCheckpoint(proof.head.text);
    await path(proof, head, hash, next("path"));
    await signature(proof, head, JSON.parse(keys), next("head"));
    await history(head, next("history"));
    finish("done", said["proof.verified"]);
  } catch (error) {
    const words = error instanceof Broken ? error.message : error.name === "NotSupportedError" ? said["proof.unsupported"] : String(error.message ?? error);
    step("bad", words);
    finish("fault", said["proof.failed"]);
  }
}

function finish(kind, words) {
  verdict.className = kind;
  verdict.textContent = words;
}

if (box) verify();
