// Reads a streamed chat answer: each piece of text as it comes, and at the end which model served and its receipt.
import { ApiError } from "./api.js";

export async function streamChat(body, headers, key, signal, onText) {
  if (key) headers = { ...headers, authorization: `Bearer ${key}` };
  const answer = await fetch("/v1/chat/completions", { method: "POST", body: JSON.stringify(body), headers, signal });
  if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => null));
  const end = { model: "", fungible: null };
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const lines = (rest + piece.value).split("\n");
    rest = lines.pop();
    for (const line of lines) take(line, end, onText);
  }
  return end;
}

function take(line, end, onText) {
  if (!line.startsWith("data: ") || line === "data: [DONE]") return;
  const event = JSON.parse(line.slice(6));
  if (event.error) throw new ApiError(502, event);
  end.model = event.model || end.model;
  end.fungible = event.fungible ?? end.fungible;
  const text = event.choices?.[0]?.delta?.content;
  if (text) onText(text);
}
