// 300 streams at once through `npm start` as it comes, each with a text of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { type Row, row } from './table.ts'

const STREAMS = 300
/** So many may be missing when most are under way. */
const MISSING = 30
const KEY = 'your-api-key-1'
const MODEL = 'gemini-3.6-flash'
const WORDS = 60
/** Milliseconds between two words. */
const PACE = 100

interface Speaker {
  ask(text: string): [path: string, body: object]
  /** The text of one event. */
  textIn(event: Record<string, unknown>): string | undefined
  ends(reply: string): boolean
}

const SPEAKERS: readonly Speaker[] = [
  {
    ask: (text) => [
      '/v1/chat/completions',
      { model: MODEL, stream: true, messages: [{ role: 'user', content: text }] },
    ],
    textIn: ({ choices }) => (choices as { delta: { content?: string } }[] | undefined)?.[0]?.delta.content,
    ends: (reply) => reply.endsWith('data: [DONE]\n\n'),
  },
  {
    ask: (text) => ['/v1/responses', { model: MODEL, stream: true, store: false, input: text }],
    textIn: ({ type, delta }) => (type === 'response.output_text.delta' ? String(delta) : undefined),
    ends: (reply) => reply.includes('event: response.completed'),
  },
  {
    ask: (text) => [
      '/v1/messages',
      { model: MODEL, stream: true, max_tokens: 999, messages: [{ role: 'user', content: text }] },
    ],
    textIn: ({ delta }) => (delta as { text?: string } | undefined)?.text,
    ends: (reply) => reply.includes('event: message_stop'),
  },
  {
    ask: (text) => [
      `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`,
      { contents: [{ role: 'user', parts: [{ text }] }] },
    ],
    textIn: ({ candidates }) =>
      (candidates as { content: { parts?: { text?: string }[] } }[] | undefined)?.[0]?.content.parts?.[0]?.text,
    ends: (reply) => reply.includes('"finishReason": "STOP"'),
  },
]

const saidTo = (name: string): string => Array.from({ length: WORDS }, (_, word) => `${name}.${word} `).join('')

/** Words as chunks of their own, in the order of the request's number. */
const chunksFor = (name: string): Record<string, unknown>[] =>
  Array.from({ length: WORDS }, (_, word) => ({
    candidates: [
      {
        content: { role: 'model', parts: [{ text: `${name}.${word} ` }] },
        index: 0,
        ...(word === WORDS - 1 && { finishReason: 'STOP' }),
      },
    ],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: word, totalTokenCount: word + 1 },
    modelVersion: MODEL,
    responseId: name,
  }))

const start = async (gemini: SimulatedGemini): Promise<{ url: URL; child: ChildProcess }> => {
  const root = join(import.meta.dirname, '../..')
  const child = spawn(process.execPath, [join(root, 'infra/local/start.ts')], {
    cwd: root,
    env: { PATH: process.env.PATH, PORT: '0', GEMINI_API_KEYS: 'a:one,b:two', GEMINI_BASE_URL: gemini.origin },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /ready on (http:\S+)/.exec(said)
      if (found?.[1]) resolve(found[1])
    })
    child.once('exit', () => reject(new Error(`npm start ended: ${said}`)))
  })
  return { url: new URL(url), child }
}

/** The whole reply; `moved` hears when its first words are there, and when it is over. */
const follow = (agent: Agent, url: URL, [path, body]: [string, object], moved: (by: 1 | -1) => void): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, url),
      { method: 'POST', agent, headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' } },
      (response: IncomingMessage) => {
        let reply = ''
        let begun = false
        response.setEncoding('utf8').on('data', (text: string) => {
          reply += text
          if (!begun && reply.includes('.0 ')) {
            begun = true
            moved(1)
          }
        })
        response.on('end', () => {
          if (begun) moved(-1)
          resolve(reply)
        })
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })

const isWhole = ({ textIn, ends }: Speaker, reply: string, name: string): boolean =>
  ends(reply) &&
  [...reply.matchAll(/^data: (\{.*)$/gm)]
    .map(([, json]) => textIn(JSON.parse(json ?? '') as Record<string, unknown>) ?? '')
    .join('') === saidTo(name)

export const crowd = async (): Promise<Row[]> => {
  const gemini = await startSimulatedGemini()
  const { url, child } = await start(gemini)
  const agent = new Agent({ keepAlive: false })
  let [now, most] = [0, 0]
  try {
    const whole = await Promise.all(
      Array.from({ length: STREAMS }, async (_, number) => {
        const speaker = SPEAKERS[number % SPEAKERS.length] as Speaker
        const name = `stream-${number}-`
        gemini.script({ chunks: chunksFor(name), delayMs: PACE }, { text: name })
        const reply = await follow(agent, url, speaker.ask(name), (by) => {
          now += by
          most = Math.max(most, now)
        })
        return isWhole(speaker, reply, name)
      }),
    )
    return [
      row('streams of 300 that were not whole', 'npm start', 'streams', whole.filter((each) => !each).length, 0),
      row('streams of 300 missing at the peak', 'npm start', 'streams', STREAMS - most, MISSING),
    ]
  } finally {
    child.kill()
    agent.destroy()
    await gemini.close()
  }
}
