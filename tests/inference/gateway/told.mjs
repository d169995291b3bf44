// What the official package is told by a server that fails once, and knows tools: `node told.mjs BASE_URL KEY CHAT SEARCH`.
import OpenAI from "openai"

const [baseURL, apiKey, model, search] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey })
const asks = client.chat.completions
const messages = [{ role: "user", content: "What is here?" }]
const parameters = { type: "object", properties: { place: { type: "string" } }, required: ["place"] }
const refusal = (asked) => asked.then(() => "not refused").catch((error) => error.status)

const first = await asks.create({ model, messages }) // sent again by itself

let streamed = ""
for await (const piece of await asks.create({ model, messages, stream: true, stream_options: { include_usage: true } }))
  streamed += piece.choices[0]?.delta.content ?? ""

// The whole of it: the tool is called, run, and its answer is sent back.
const looked = []
const lookUp = ({ place }) => {
  looked.push(place)
  return "Twenty degrees."
}
const run = asks.runTools({
  model,
  messages,
  stream: true,
  tools: [
    {
      type: "function",
      function: { name: "look_up", description: "Look a place up.", parameters, parse: JSON.parse, function: lookUp },
    },
  ],
})
const after = await run.finalContent()

const found = await client.embeddings.create({ model: search, input: ["a lemon", "a tree"] })

const stops = new AbortController()
const left = await asks.create({ model, messages, stream: true }, { signal: stops.signal })
let heard = 0
for await (const _ of left) if (++heard === 3) stops.abort()

const stranger = client.withOptions({ apiKey: "sk-x" })
console.log(
  JSON.stringify({
    text: first.choices[0].message.content,
    tokens: first.usage.completion_tokens,
    streamed,
    tool: looked,
    after,
    vectors: found.data.map((each) => each.embedding.length),
    unknown: await refusal(asks.create({ model: "no/model", messages })),
    bad: await refusal(asks.create({ model, messages: [] })),
    stranger: await refusal(stranger.chat.completions.create({ model, messages })),
  }),
)
