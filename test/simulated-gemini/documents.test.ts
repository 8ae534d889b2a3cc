// Google's own documents and recordings judge the judge.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { isObject, type Json, objectOf, objectsOf } from '../../infra/local/simulated-gemini/json.ts'
import { MESSAGES } from '../../infra/local/simulated-gemini/messages/read.ts'
import type { Kind } from '../../infra/local/simulated-gemini/messages/shape.ts'
import { asker, contract, contractJson, errorOf, haveContracts } from './client.ts'

const documented = haveContracts ? describe : describe.skip
if (!haveContracts) console.warn('skipped: no ../shared/contracts beside the repository')

// Our names of messages that the schema calls otherwise.
const RENAMED: Record<string, string> = { MediaResolution: 'V1mainMediaResolution' }
// Fields that the schema has and requests don't: what only a batch's reply says, read here as any object.
const UNTYPED = new Set([
  'GenerateContentBatch.output',
  'GenerateContentBatch.batchStats',
  'GenerateContentBatch.state',
])
// CountTokensRequest names its model in the URL; the body's field is Google's own, of no document.
const OURS_ALONE = new Set(['CountTokensRequest.model'])

documented('the field table', () => {
  const defs = haveContracts
    ? (contractJson('gemini/schema/gemini-v1beta.bundle.schema.json').$defs as Record<string, Json>)
    : {}
  const choicesOf = (kind: Kind): readonly string[] | undefined => {
    if (typeof kind === 'string') return undefined
    if ('choice' in kind) return kind.values
    return 'list' in kind ? choicesOf(kind.list) : undefined
  }
  const enumOf = (property: Json): string[] | undefined =>
    (property.enum ?? objectOf(property.items).enum) as string[] | undefined

  test.each(Object.keys(MESSAGES))('%s has exactly the documented fields', (name) => {
    const properties = objectOf(defs[RENAMED[name] ?? name]?.properties)
    const ours = Object.keys(MESSAGES[name] ?? {}).filter((field) => !OURS_ALONE.has(`${name}.${field}`))
    expect(defs[RENAMED[name] ?? name]).toBeDefined()
    expect(ours.sort()).toEqual(Object.keys(properties).sort())
  })

  test.each(Object.keys(MESSAGES))('%s allows exactly the documented choices', (name) => {
    const properties = objectOf(defs[RENAMED[name] ?? name]?.properties)
    const differing = Object.entries(MESSAGES[name] ?? {}).filter(([field, kind]) => {
      if (UNTYPED.has(`${name}.${field}`) || OURS_ALONE.has(`${name}.${field}`)) return false
      const theirs = enumOf(objectOf(properties[field]))
      return JSON.stringify(choicesOf(kind)?.toSorted()) !== JSON.stringify(theirs?.toSorted())
    })
    expect(differing).toEqual([])
  })

  test('every message that a request can hold is known', () => {
    const reached = new Set<string>()
    const visit = (name: string): void => {
      if (reached.has(name)) return
      reached.add(name)
      for (const [, target = ''] of JSON.stringify(defs[name]).matchAll(/#\/\$defs\/(\w+)/g)) visit(target)
    }
    for (const request of [
      'GenerateContentRequest',
      'CountTokensRequest',
      'BatchEmbedContentsRequest',
      'CachedContent',
    ])
      visit(request)
    const known = new Set(Object.keys(MESSAGES).map((name) => RENAMED[name] ?? name))
    expect([...reached].filter((name) => !known.has(name))).toEqual([])
  })
})

interface Recording {
  file: string
  url: string
  status: number
  method: string
  request?: string
}

// Recorded requests that got 200 and that we don't accept, each with the reason.
const NOT_ACCEPTED: Record<string, string> = {
  'VERTEX-stream-partial-function-args': 'another service: streamFunctionCallArguments is unknown on this one',
}
// A file, cache, or batch of the recorder's project isn't ours; models that are gone are asked for by today's names.
const STAND_INS: Record<string, string> = {
  'gemini-2.0-flash-thinking-exp': 'gemini-2.5-flash',
  'gemini-1.5-flash': 'gemini-2.0-flash',
  'gemini-2.0-flash-exp': 'gemini-2.0-flash',
  'gemini-2.0-flash-preview-image-generation': 'gemini-2.5-flash-image',
}

documented('recorded requests', () => {
  let simulated: SimulatedGemini
  let store: unknown
  beforeAll(async () => {
    simulated = await startSimulatedGemini()
    store = (await asker(simulated)('POST', '/v1beta/fileSearchStores', {})).body.name
  })
  afterAll(() => simulated.close())

  const recordings = (haveContracts ? (JSON.parse(contract('gemini/recorded/INDEX.json')) as Recording[]) : []).filter(
    ({ request, status, url, method }) =>
      request !== undefined &&
      status === 200 &&
      method.toUpperCase() === 'POST' &&
      /\/models\/[^/]+:\w+/.test(url) &&
      !url.includes('upload'),
  )
  const nameOf = ({ request = '' }: Recording): string => request.replace(/^.*\//, '').replace('.request.json', '')

  // Signatures of the real service can't be known here: the documented stand-in takes their place.
  const prepared = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(prepared)
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => {
        if (/^thought_?[sS]ignature$/.test(name)) return [name, 'skip_thought_signature_validator']
        if (/^file_?[sS]earch_?[sS]tore_?[nN]ames$/.test(name)) return [name, [store]]
        if (/^file_?[uU]ri$/.test(name)) return [name, 'https://example.com/file']
        return [name, prepared(field)]
      }),
    )
  }

  test.each(recordings.map((recording) => [nameOf(recording), recording] as const))('%s', async (name, recording) => {
    const [, recorded = '', method = ''] = /\/models\/([^/:]+):(\w+)/.exec(recording.url) ?? []
    const body = objectOf(prepared(contractJson(recording.request ?? '')))
    const { cachedContent: _, model: __, ...rest } = body
    const sent = method === 'generateContent' || method === 'streamGenerateContent' ? rest : body
    const id = STAND_INS[recorded] ?? recorded
    const answer = await asker(simulated)('POST', `/v1beta/models/${id}:${method}`, sent)
    const reason = Object.entries(NOT_ACCEPTED).find(([start]) => name.startsWith(start))?.[1]
    expect({ status: answer.status, error: answer.status === 200 ? undefined : errorOf(answer).message }).toEqual(
      reason === undefined ? { status: 200, error: undefined } : { status: 400, error: expect.any(String) },
    )
  })

  test.each(
    ['404-model-typo', '404-count-tokens-model', '404-embed-model', '400-api-key-invalid'].map(
      (name) => [name] as const,
    ),
  )('%s is refused in the recorded words', async (name) => {
    const recorded = contractJson(`gemini/recorded/errors/${name}.json`)
    const index = JSON.parse(contract('gemini/recorded/INDEX.json')) as Recording[]
    const url = index.find(({ file }) => file.endsWith(`errors/${name}.json`))?.url ?? ''
    const path = url.replace(/^https:\/\/[^/]+/, '').replace(/\?.*/, '')
    const key = name === '400-api-key-invalid' ? 'bad' : 'a'
    const body = contractJson(`gemini/recorded/errors/${name}.request.json`)
    const answer = await asker(simulated)('POST', path, body, { 'x-goog-api-key': key })
    expect(answer.body).toEqual(recorded)
  })

  test('a list of models says of each what the recorded list says', async () => {
    const recorded = objectsOf(contractJson('gemini/recorded/models-list.json').models)
    const { body } = await asker(simulated)('GET', '/v1beta/models?pageSize=1000')
    const told = ({ description: _, version: __, supportedGenerationMethods: methods, ...entry }: Json): Json => ({
      ...entry,
      methods: (methods as string[]).toSorted(),
    })
    const ours = objectsOf(body.models).filter(({ name }) => recorded.some((entry) => entry.name === name))
    const theirs = ours.map(({ name }) => recorded.find((entry) => entry.name === name) ?? {})
    expect(ours.map(told)).toEqual(theirs.map(told))
  })
})
