import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { native } from './native.ts'

const PATHS = [
  '/v1beta/cachedContents',
  '/v1beta/models/gemini-3.6-flash:batchGenerateContent',
  '/v1beta/models/veo-3.1-generate-preview:predictLongRunning',
  '/v1beta/fileSearchStores',
  '/v1beta/interactions',
  '/v1beta/tunedModels',
  '/v1beta/files/a:download',
  '/v1beta/files',
  '/upload/v1beta/files',
  '/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore',
]
const HEADERS: readonly Record<string, string>[] = [
  {},
  { 'x-goog-upload-command': 'start', 'x-goog-upload-protocol': 'resumable', 'content-type': 'application/json' },
  { 'x-goog-api-client': '日本', range: 'bytes=0-\u0001' },
  { 'x-goog-upload-protocol': 'multipart', 'content-type': 'multipart/related; boundary=b' },
]

test('no body, query or header makes a resource call fail on our side', async () => {
  const { ask, close } = await native(['a', 'b'])
  const names = fc.constantFrom('files/a', 'cachedContents/c', 'name', '__proto__', 'constructor', 'v1_x', '')
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      names,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'file',
          'name',
          'fileUri',
          'model',
          'store',
          'stream',
          'batch',
          'parameters',
          '__proto__',
          'input',
          'previous_interaction_id',
          'environment',
          'environment_id',
          'result',
          'uri',
        ),
        tie('value'),
        { maxKeys: 5 },
      ),
    ),
  })).value
  const query = fc.constantFrom(
    '',
    'alt=json',
    'alt=sse',
    'alt=media',
    'pageSize=x',
    'pageToken=e30',
    'upload_id=x',
    'stream=true',
    '%',
    'pageToken=日 本',
    'key=a',
  )
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS),
        fc.oneof(
          json.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        query,
        fc.constantFrom(...HEADERS),
        fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
        async (path, body, asked, headers, any) => {
          const method = path.startsWith('/upload') ? 'POST' : any
          const { status, text } = await ask(path, { body, query: asked, headers, method })
          expect(`${status} ${text}`).toMatch(/^[24]\d\d /)
        },
      ),
      { numRuns: 400 },
    )
  } finally {
    await close()
  }
})
