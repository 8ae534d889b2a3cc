// A simulated Gemini for one test file whose every reply is checked: by Google's schema, and that its usage adds up.
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { asker, contractJson, eventsOf, haveContracts, usageIn, user } from './client.ts'

export const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
if (haveContracts) ajv.addSchema(contractJson('gemini/schema/gemini-v1beta.bundle.schema.json'), 'g')
else console.warn('replies are not held against the schema: no ../shared/contracts beside the repository')
export const conforms = (response: Json, type = 'GenerateContentResponse'): void => {
  const validate = haveContracts ? ajv.getSchema(`g#/$defs/${type}`) : undefined
  void validate?.(response)
  expect(validate?.errors ?? []).toEqual([])
}

const sum = (usage: Record<string, number>): number =>
  ['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'toolUsePromptTokenCount'].reduce(
    (total, field) => total + (usage[field] ?? 0),
    0,
  )
export const sound = (response: Json): void => {
  conforms(response)
  expect(usageIn(response).totalTokenCount).toBe(sum(usageIn(response)))
}

interface Speaker {
  ask: ReturnType<typeof asker>
  generate: (body: Json, model?: string) => Promise<Json>
  stream: (body: Json, model?: string) => Promise<Json[]>
  /** The simulator itself, once the tests run. */
  simulated: () => SimulatedGemini
}

/** Starts with the file's tests, forgets scripts and faults before each, and ends with them. */
export const speaker = (): Speaker => {
  let simulated: SimulatedGemini
  beforeAll(async () => {
    simulated = await startSimulatedGemini()
  })
  beforeEach(() => simulated.reset())
  afterAll(() => simulated.close())

  const ask: Speaker['ask'] = (...given) => asker(simulated)(...given)
  return {
    ask,
    generate: async (body, id = 'gemini-3.6-flash') => {
      const answer = await ask('POST', `/v1beta/models/${id}:generateContent`, body)
      expect(answer.status).toBe(200)
      sound(answer.body)
      return answer.body
    },
    stream: async (body, id = 'gemini-3.6-flash') => {
      const answer = await ask('POST', `/v1beta/models/${id}:streamGenerateContent?alt=sse`, body)
      expect(answer.headers.get('content-type')).toBe('text/event-stream')
      const events = eventsOf(answer.text)
      events.forEach(sound)
      return events
    },
    simulated: () => simulated,
  }
}

export const says = (text: string, more: Json = {}): Json => ({ contents: [user(text)], ...more })
