import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readRuntimeSettings } from '../../lib/contract/settings.ts'
import { resolveModel } from '../../lib/gemini/naming/aliases.ts'
import { catalogueOf } from '../../lib/gemini/upstream/catalogue.ts'
import type { Caller, GeminiClient } from '../../lib/gemini/upstream/client.ts'
import type { CodexModel } from '../../lib/openai/codex-models.ts'
import { faultsOf, serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served.simulated.close())

const collect = async <Item>(pages: AsyncIterable<Item>): Promise<Item[]> => {
  const items: Item[] = []
  for await (const item of pages) items.push(item)
  return items
}

test("OpenAI's list holds what its endpoints can use, and the operator's names; Gemini is asked once", async () => {
  const { openai, simulated } = served
  const ids = (await collect(openai.models.list())).map(({ id }) => id)
  expect(ids).toEqual(
    expect.arrayContaining(['gemini-3.6-flash', 'gemini-embedding-2', 'imagen-4.0-generate-001', 'mine']),
  )
  expect(ids.filter((id) => id.startsWith('veo'))).toEqual([])
  await openai.models.list()
  expect(simulated.requests.filter(({ path }) => path === '/v1beta/models')).toHaveLength(1)
})

test('Codex, which asks with its version, is told what it must know of each model that can use its tools', async () => {
  const reply = await served.fetch('http://gateway.test/v1/models?client_version=0.169.0')
  const { data, models } = (await reply.json()) as { data: unknown[]; models: CodexModel[] }
  expect(data.length).toBeGreaterThan(models.length)
  const slugs = models.map(({ slug }) => slug)
  expect(slugs).toEqual(expect.arrayContaining(['gemini-3.6-flash', 'gemini-2.5-pro', 'mine']))
  expect(slugs.filter((slug) => /image|tts|embedding|imagen/.test(slug))).toEqual([])
  expect(models[0]).toMatchObject({ slug: 'gemini-3.6-flash', priority: 0, context_window: 1_048_576 })
  // Without any of these it takes none of the list.
  for (const model of models) {
    expect(Object.keys(model)).toEqual(
      expect.arrayContaining([
        'display_name',
        'supported_reasoning_levels',
        'shell_type',
        'visibility',
        'supported_in_api',
        'priority',
        'support_verbosity',
        'truncation_policy',
        'experimental_supported_tools',
        'base_instructions',
      ]),
    )
    const efforts = model.supported_reasoning_levels.map(({ effort }) => effort)
    expect([...efforts, undefined]).toContain(model.default_reasoning_level)
    expect(efforts.length > 0).toBe(model.default_reasoning_level !== undefined)
  }
})

test('one model is found by any of its names', async () => {
  const { openai } = served
  for (const id of ['gemini-3.6-flash', 'mine', 'gpt-5']) {
    const model = await openai.models.retrieve(id)
    expect(model.id).toBe(id)
    expect(faultsOf('Model', model)).toEqual([])
  }
  await expect(openai.models.retrieve('gemini-0')).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
})

test("Anthropic's SDK pages through names that the gateway takes for the same models", async () => {
  const anthropic = new Anthropic({ apiKey: 'k', baseURL: 'http://gateway.test', fetch: served.fetch })
  const paged = await collect(anthropic.models.list({ limit: 7 }))
  const whole = await anthropic.models.list({ limit: 1000 })
  expect(paged).toEqual(whole.data)
  expect(whole.has_more).toBe(false)
  const naming = { settings: readRuntimeSettings(), catalogue: { knows: () => false } }
  const discovered = paged.filter(({ id }) => id.startsWith('claude-'))
  expect(discovered.length).toBeGreaterThan(10)
  for (const { id } of discovered) expect(`claude-${resolveModel(id, naming).model.id}`).toBe(id)
  const [, second, third] = paged
  const back = await anthropic.models.list({ limit: 2, before_id: third?.id as string })
  expect(back.data.map(({ id }) => id)).toEqual([paged[0]?.id, second?.id])
  expect(await anthropic.models.retrieve(second?.id as string)).toEqual(second)
  await expect(anthropic.models.list({ after_id: 'nobody' })).rejects.toMatchObject({ status: 400 })
})

test("Google's clients get Google's own list", async () => {
  const reply = await served.fetch('http://gateway.test/v1/models?pageSize=2', { headers: { 'x-goog-api-key': 'k' } })
  expect(await reply.json()).toMatchObject({ models: [{ name: expect.stringMatching(/^models\//) }, {}] })
})

test('while Gemini fails, a built-in list answers, and Gemini is left alone for a while', async () => {
  let asked = 0
  let now = 0
  const gemini: GeminiClient = {
    open: () => {
      asked++
      return Promise.reject(new Error('down'))
    },
  }
  const caller = { client: { name: 'c', keyId: 'k' }, after: () => undefined } as unknown as Caller
  const catalogue = catalogueOf({ gemini, clock: () => now, log: () => undefined })
  expect((await catalogue.list(caller)).map(({ id }) => id)).toContain('gemini-3.6-flash')
  await catalogue.list(caller)
  expect(asked).toBe(1)
  now = 60_000
  await catalogue.list(caller)
  expect(asked).toBe(2)
})
