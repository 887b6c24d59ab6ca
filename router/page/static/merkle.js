// The hashes of RFC 6962 and what they prove, by the browser's own SHA-256; signed notes by its own Ed25519.
const bytes = new TextEncoder();
export const utf8 = (text) => bytes.encode(text);
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
export const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);

export async function sha256(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);
export const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

// RFC 9162, 2.1.3.2; null where the path has not the right length.
export async function rootOfInclusion(index, size, leaf, path) {
  if (!(index >= 0 && index < size)) return null;
  const climbed = await climb(index, size - 1, leaf, path);
  return climbed && climbed[1];
}

// RFC 9162, 2.1.4.2.
export async function isConsistent(old, oldRoot, size, root, path) {
  if (old === size) return !path.length && same(oldRoot, root);
  if (!(old > 0 && old < size)) return false;
  let complete = 0;
  for (let rest = old; rest % 2 === 0; rest /= 2) complete++;
  const whole = old === 2 ** complete ? [oldRoot, ...path] : path;
  if (!whole.length) return false;
  const climbed = await climb(Math.floor((old - 1) / 2 ** complete), Math.floor((size - 1) / 2 ** complete), whole[0], whole.slice(1));
  return climbed !== null && same(climbed[0], oldRoot) && same(climbed[1], root);
}

async function climb(position, last, hash, path) {
  let until = hash, whole = hash;
  const half = (number) => Math.floor(number / 2);
  for (const sibling of path) {
    if (last === 0) return null;
    if (position % 2 || position === last) {
      [until, whole] = [await nodeHash(sibling, until), await nodeHash(sibling, whole)];
      while (position && position % 2 === 0) [position, last] = [half(position), half(last)];
    } else {
      whole = await nodeHash(whole, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 ? [until, whole] : null;
}

// C2SP signed-note: a text, an empty line, lines of signatures.
export function parseNote(written) {
  const gap = written.lastIndexOf("\n\n");
  const signatures = written.slice(gap + 2).trimEnd().split("\n").map((line) => {
    const [, name, coded] = line.split(" ");
    const data = fromBase64(coded);
    return { name, id: hex(data.slice(0, 4)), blob: data.slice(4) };
  });
  return { text: written.slice(0, gap + 1), signatures };
}

export function parseKey(written) {
  const [name, id, ...coded] = written.trim().split("+");
  const data = fromBase64(coded.join("+"));
  if (data.length !== 33 || data[0] !== 1) throw new Error(written);
  return { name, id, raw: data.slice(1), written: written.trim() };
}

export async function signedBy(note, key) {
  const public_ = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  for (const signature of note.signatures) {
    if (signature.name !== key.name || signature.id !== key.id) continue;
    if (await crypto.subtle.verify("Ed25519", public_, signature.blob, utf8(note.text))) return true;
  }
  return false;
}

export function parseCheckpoint(text) {
  const [origin, size, root] = text.split("\n");
  return { origin, size: Number(size), root: fromBase64(root) };
}

// The keys of a log from a trusted one on: each is announced by the one before, from some entry on.
export async function keyOf(size, first, origin, announcements) {
  let current = first, since = -1, chosen = first;
  for (const written of announcements) {
    const note = parseNote(written);
    const [title, name, sequence, key] = note.text.split("\n");
    if (title !== "fungible/new-key/v1" || name !== origin || !(Number(sequence) > since)) continue;
    if (!(await signedBy(note, current))) continue;
    [current, since] = [parseKey(key), Number(sequence)];
    if (since < size) chosen = current;
  }
  return chosen;
}
