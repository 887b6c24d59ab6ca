// The official npm client against a running server: node npm_client.mjs BASE_URL
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "안녕하세요, 짧게 인사해 주세요." }];

const plain = await client.chat.completions.create({ model: "auto", messages });
let text = "";
let last;
const stream = await client.chat.completions.create({
  model: plain.model, messages, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? "";
  last = chunk;
}
const { output_text } = await client.responses.create({ model: "gpt-5", input: "Hello" });
const spoken = client.responses.stream({ model: "gpt-5", input: "Hello" });
const deltas = [];
spoken.on("response.output_text.delta", (event) => deltas.push(event.delta));
const final = await spoken.finalResponse();
const models = [];
for await (const model of client.models.list()) models.push(model.id);
let refused;
try {
  await client.chat.completions.create({ model: "gpt-55", messages });
} catch (error) {
  refused = { status: error.status, code: error.code };
}
console.log(JSON.stringify({
  plain: plain.choices[0].message.content, text, usage: last.usage, receipt: last.fungible.receipt, models, refused,
  responses: { plain: output_text, deltas: deltas.join(""), final: final.output_text, served: final.fungible.served },
}));
