// What the official package makes of the site: `node clients.mjs BASE_URL KEY CHAT SEARCH` prints what it was told.
import OpenAI from "openai"

const [baseURL, apiKey, model, search] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
const messages = [{ role: "user", content: "Write one line about a lemon tree." }]

const whole = await client.chat.completions.create({ model, messages, max_tokens: 24 })

const pieces = []
for await (const piece of await client.chat.completions.create({ model, messages, max_tokens: 24, stream: true }))
  pieces.push(piece)

const helper = client.chat.completions.stream({ model, messages, max_tokens: 24 })
const final = await helper.finalChatCompletion()

const vectors = await client.embeddings.create({ model: search, input: ["a lemon", "a tree"] })

const left = await client.chat.completions.create({ model, messages, max_tokens: 400, stream: true })
for await (const _ of left) break // leaving the loop aborts the request

const refusal = await client.chat.completions.create({ model, messages, seed: 1 }).catch((error) => error)
const unknown = await client.chat.completions.create({ model: "no/model", messages }).catch((error) => error)

const models = []
for await (const each of client.models.list()) models.push(each.id)

console.log(
  JSON.stringify({
    text: whole.choices[0].message.content,
    usage: whole.usage,
    roles: pieces.map((piece) => piece.choices[0]?.delta.role).filter(Boolean),
    streamed: pieces.map((piece) => piece.choices[0]?.delta.content ?? "").join(""),
    reason: pieces.at(-1).choices[0].finish_reason,
    final: final.choices[0].message.content,
    vectors: vectors.data.map((each) => each.embedding.length),
    refusal: [refusal.status, refusal.code, refusal.param],
    unknown: [unknown.status, unknown.code],
    models,
  }),
)
