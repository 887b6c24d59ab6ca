// The one way in which modules ask the server: JSON in and out, the session's word with each change.
export class ApiError extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? `${status}`);
    this.status = status;
    this.body = body;
  }
}

export async function api(path, { method = "GET", body, headers = {}, key, signal } = {}) {
  const sent = { ...headers };
  if (method !== "GET") sent["x-csrf-token"] = document.body.dataset.csrf ?? "";
  if (key) sent.authorization = `Bearer ${key}`;
  if (body !== undefined && typeof body !== "string") {
    body = JSON.stringify(body);
    sent["content-type"] = "application/json";
  }
  const answer = await fetch(path, { method, body, headers: sent, signal });
  const text = await answer.text();
  const kind = answer.headers.get("content-type") ?? "";
  const parsed = kind.includes("json") && text ? JSON.parse(text) : text;
  if (!answer.ok) throw new ApiError(answer.status, parsed);
  return { data: parsed, etag: answer.headers.get("etag"), status: answer.status };
}

export const element = (tag, attributes = {}, ...content) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...content);
  return made;
};

export const texts = (id = "texts") => JSON.parse(document.getElementById(id)?.textContent ?? "{}");

export const fill = (text, values) => text.replaceAll(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
