// What Gemini really said, as messages: ../shared/contracts/gemini/recorded, which is not part of the repository.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { messages } from '../../lib/anthropic/index.ts'
import { namesIn } from '../golden.ts'
import { type Decoded, decode, replyOf, streamText } from '../quirks.ts'
import { CONTRACTS, schemasOf } from '../schemas.ts'
import { checkGrammar, framesOf } from './grammar.ts'
import { readBySdk } from './read.ts'

const FOLDER = join(CONTRACTS, 'gemini/recorded')
const schemas = schemasOf('anthropic/anthropic.bundle.schema.json', 'x-messageStreamEventByType')

const body = messages.parse({
  model: 'gemini-3.5-flash',
  max_tokens: 9,
  thinking: { type: 'adaptive' },
  messages: [{ role: 'user', content: 'Hi' }],
})
const spoken = { protocol: messages, request: {} }

/** A recorded reply as Gemini's stream; a whole one is a stream of one event. Undefined for what is no model's turn. */
const recorded = (file: string): Buffer | undefined => {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  if (file.endsWith('.sse.txt')) return Buffer.from(text)
  const json: unknown = JSON.parse(text)
  const events = (Array.isArray(json) ? json : [json]) as { candidates?: unknown }[]
  if (!events.some(({ candidates }) => candidates)) return undefined
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(''))
}

const present = existsSync(FOLDER)
const files = namesIn(FOLDER).filter((file) => /(?<!\.request)\.(?:json|sse\.txt)$/.test(file))
const turns = files.flatMap((file): [string, Decoded][] => {
  const bytes = recorded(file)
  return bytes ? [[file, decode(bytes)]] : []
})

describe.each(turns)('%s', (_, decoded) => {
  test('reads as a message', async () => {
    const stream = streamText(spoken, body, decoded)
    const frames = framesOf(stream)
    checkGrammar(frames)
    for (const frame of frames) expect(schemas?.check(schemas.events[frame.type] ?? frame.type, frame)).toEqual([])
    if (decoded.error) return
    expect(await readBySdk(stream)).toEqual(replyOf(spoken, body, decoded))
  })
})

test('there are recordings', () => {
  if (present) expect(turns.length).toBeGreaterThan(50)
  else console.warn('skipped: there is no ../shared/contracts/gemini/recorded')
})
