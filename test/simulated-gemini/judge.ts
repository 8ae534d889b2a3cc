// A simulated Gemini for one test file, and short words for what is sent to it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { type Answered, asker, errorOf, user } from './client.ts'

export type Refusal = readonly [what: string, body: Json, message: string, model?: string]

interface Judge {
  ask: ReturnType<typeof asker>
  generate: (body: Json, model?: string) => Promise<Answered>
  /** A test for each row: the body is refused with 400, in these words. */
  refuses: (rows: readonly Refusal[]) => void
}

/** Starts with the file's tests and ends with them. */
export const judge = (): Judge => {
  let simulated: SimulatedGemini
  beforeAll(async () => {
    simulated = await startSimulatedGemini()
  })
  afterAll(() => simulated.close())

  const ask: Judge['ask'] = (...given) => asker(simulated)(...given)
  const generate: Judge['generate'] = (body, id = 'gemini-3.6-flash') =>
    ask('POST', `/v1beta/models/${id}:generateContent`, body)
  return {
    ask,
    generate,
    refuses: (rows) => {
      const whole = rows.map(([what, body, message, id = 'gemini-3.6-flash']) => [what, body, message, id] as const)
      test.each(whole)('%s', async (_, body, message, id) => {
        const answer = await generate(body, id)
        expect(answer.status).toBe(400)
        expect(errorOf(answer).message).toContain(message)
      })
    },
  }
}

export const said = user('Hello')
export const declared = (...names: string[]): Json => ({ functionDeclarations: names.map((name) => ({ name })) })
export const call = (name: string, signature?: string): Json => ({
  functionCall: { name, args: {} },
  ...(signature !== undefined && { thoughtSignature: signature }),
})
export const result = (name: string): Json => ({ functionResponse: { name, response: { output: 1 } } })
export const SKIP = 'skip_thought_signature_validator'
