// The present conversation as a program that asks the same: the values are what people and models wrote, so each is
// written as a literal of its language, and never joined to code.
import type { Turn } from "./turns";

export interface Call {
  base: string; // the address that ends in /v1
  model: string;
  settings: Readonly<Record<string, unknown>>;
  turns: readonly Pick<Turn, "role" | "content">[];
}
type Way = (call: Call) => string;

const hello = { role: "user", content: "Hello" };

/** What is asked: instructions first, and nothing after the last question. */
export function messages({ settings, turns }: Call): Pick<Call["turns"][number], "content" | "role">[] {
  const last = turns.map(({ role }) => role).lastIndexOf("user");
  const asked = turns.slice(0, last + 1).map(({ role, content }) => ({ role, content }));
  const system = settings["system"] ? [{ role: "system", content: settings["system"] } as never] : [];
  return [...system, ...(asked.length > 0 ? asked : [hello as never])];
}

const options = ({ settings }: Call): [string, unknown][] => Object.entries(settings).filter(([name]) => name !== "system");

const literal = (value: unknown): string => JSON.stringify(value).replace(/[\u007f\u2028\u2029]/gu, escaped);
const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;

const lines = (call: Call, before: string): string =>
  messages(call)
    .map((each) => `${before}{"role": ${literal(each.role)}, "content": ${literal(each.content)}},\n`)
    .join("");

const python: Way = (call) => `# pip install openai
import os

from openai import OpenAI

client = OpenAI(base_url=${literal(call.base)}, api_key=os.environ["CITRATE_API_KEY"])
answer = client.chat.completions.create(
    model=${literal(call.model)},
    messages=[
${lines(call, "        ")}    ],
${options(call).map(([name, value]) => `    ${name}=${literal(value)},\n`).join("")}    stream=True,
)
for piece in answer:
    if piece.choices:
        print(piece.choices[0].delta.content or "", end="", flush=True)
`;

const javascript: Way = (call) => `// npm install openai
import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${literal(call.base)}, apiKey: process.env.CITRATE_API_KEY });
const answer = await client.chat.completions.create({
  model: ${literal(call.model)},
  messages: [
${lines(call, "    ")}  ],
${options(call).map(([name, value]) => `  ${name}: ${literal(value)},\n`).join("")}  stream: true,
});
for await (const piece of answer) process.stdout.write(piece.choices[0]?.delta?.content ?? "");
`;

const curl: Way = (call) => {
  const body = { model: call.model, messages: messages(call), ...Object.fromEntries(options(call)), stream: true };
  const quoted = JSON.stringify(body, null, 2).replace(/[\u007f\u2028\u2029]/gu, escaped).replaceAll("'", String.raw`'\''`);
  return `curl --no-buffer ${call.base}/chat/completions \\
  -H "Authorization: Bearer $CITRATE_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${quoted}'
`;
};

const ways: Record<string, Way> = { python, javascript, curl };

/** The conversation as code in this language. */
export const code = (language: string, call: Call): string => (ways[language] ?? python)(call);
