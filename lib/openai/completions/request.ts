import * as z from 'zod/mini'
import { GatewayError } from '../../errors.ts'
import type { GeminiCall } from '../../gemini/call.ts'
import type { Model } from '../../gemini/models/model.ts'
import { parseBody } from '../../http/parse.ts'
import * as chat from '../chat/request.ts'
import { textOfTokens } from '../token-ids.ts'

/** Fields that are accepted and have no effect, with the reason. Unknown fields are treated the same. */
export const IGNORED = {
  best_of: 'Gemini has no such setting',
  logit_bias: 'Gemini has no such setting',
} as const satisfies Record<string, string>

/** What is refused, with what the client is told. */
export const REFUSED = {
  suffix: 'Insertion is not supported. Leave this out.',
} as const satisfies Record<string, string>

const number = z.nullish(z.number())
const token = z.int()

const bodySchema = z.object({
  model: z.string().check(z.minLength(1)),
  prompt: z.union([
    z.string(),
    z.array(z.string()).check(z.minLength(1)),
    z.array(token).check(z.minLength(1)),
    z.array(z.array(token)).check(z.minLength(1)),
  ]),
  echo: z.nullish(z.boolean()),
  stream: z.nullish(z.boolean()),
  stream_options: z.nullish(z.object({ include_usage: z.nullish(z.boolean()) })),
  logprobs: z.nullish(z.int().check(z.minimum(0), z.maximum(5))),
  n: z.nullish(z.int().check(z.minimum(1), z.maximum(8))),
  max_tokens: number,
  temperature: number,
  top_p: number,
  stop: z.nullish(z.union([z.string(), z.array(z.string())])),
  seed: number,
  presence_penalty: number,
  frequency_penalty: number,
  user: z.nullish(z.string()),
  suffix: z.nullish(z.string()),
})

/** https://platform.openai.com/docs/api-reference/completions/create */
export interface CompletionsBody extends Omit<z.infer<typeof bodySchema>, 'prompt' | 'suffix'> {
  /** At least one. */
  prompts: string[]
}

/** Each is a call of its own. */
const MOST_CHOICES = 32

const refuse = (param: string, message: string): GatewayError =>
  new GatewayError('invalid_request', `${param}: ${message}`, { param })

/** Throws `invalid_request` that names the field. */
export const parse = (json: unknown): CompletionsBody => {
  const { prompt, suffix, ...rest } = parseBody(bodySchema, json)
  if (suffix) throw refuse('suffix', REFUSED.suffix)
  const prompts = promptsOf(prompt)
  if (prompts.length * (rest.n ?? 1) > MOST_CHOICES) {
    throw refuse('prompt', `at most ${MOST_CHOICES} choices a request, over all prompts`)
  }
  return { ...rest, prompts }
}

const promptsOf = (prompt: z.infer<typeof bodySchema>['prompt']): string[] => {
  if (typeof prompt === 'string') return [prompt]
  if (isTokens(prompt)) return [textOfTokens(prompt, 'prompt')]
  return prompt.map((one, index) => (typeof one === 'string' ? one : textOfTokens(one, `prompt[${index}]`)))
}

const isTokens = (prompt: string[] | number[] | number[][]): prompt is number[] => typeof prompt[0] === 'number'

const CONTINUE =
  'Continue the text that the user gives. Write the continuation alone: nothing before it, no comment, and do not repeat the text.'

/** A chat whose only message is the prompt; of several, each is a chat of its own. */
export const toGemini = (body: CompletionsBody, model: Model): GeminiCall => {
  const { prompts, echo: _, logprobs, n, ...settings } = body
  const [first, ...others] = prompts.map((prompt) =>
    chat.toGemini(
      chat.parse({
        ...settings,
        reasoning_effort: 'none',
        messages: [
          { role: 'system', content: CONTINUE },
          { role: 'user', content: prompt },
        ],
        ...(typeof logprobs === 'number' && { logprobs: true, top_logprobs: logprobs }),
        // Where there are several prompts, no call gives more than one choice.
        ...(prompts.length === 1 && { n }),
      }),
      model,
    ),
  ) as [GeminiCall, ...GeminiCall[]]
  if (others.length === 0) return first
  return { ...first, copies: n ?? 1, others: others.map(({ request }) => request.contents) }
}
