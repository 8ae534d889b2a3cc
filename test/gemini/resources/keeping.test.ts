import { expect, test } from '@jest/globals'
import { keepBooks } from '../../../lib/gemini/resources/keeping.ts'
import { ownersOf } from '../../../lib/gemini/resources/ownership.ts'
import { ownerTable } from '../owner-table.ts'

const NOW = Date.UTC(2026, 10, 23)
const DAY = 24 * 3600 * 1000

const keep = async (method: string, path: string, reply: Record<string, unknown>) => {
  const table = ownerTable()
  await keepBooks({ owners: ownersOf(table), clock: () => NOW }, { method, path, project: 'p', reply }, 'ann')
  return Object.fromEntries([...(table.owners.get('ann') ?? [])].map(([name, { end }]) => [name, end]))
}

// As https://ai.google.dev/api tells of each method
test.each([
  [
    'POST',
    'tunedModels',
    { name: 'tunedModels/t/operations/o', metadata: { tunedModel: 'tunedModels/t' } },
    { 'tunedModels/t': undefined },
  ],
  ['POST', 'corpora', { name: 'corpora/c', displayName: 'C' }, { 'corpora/c': undefined }],
  [
    'POST',
    'files:register',
    { files: [{ name: 'files/a' }, { name: 'files/b' }] },
    { 'files/a': NOW + 2 * DAY, 'files/b': NOW + 2 * DAY },
  ],
  [
    'POST',
    'models/veo:predictLongRunning',
    { name: 'models/veo/operations/o' },
    { 'models/veo/operations/o': NOW + 60 * DAY },
  ],
  ['POST', 'models/e:asyncBatchEmbedContent', { name: 'batches/b', metadata: {} }, { 'batches/b': NOW + 60 * DAY }],
  ['POST', 'interactions', { id: 'v1_a', object: 'interaction' }, { 'interactions/v1_a': NOW + 60 * DAY }],
  ['POST', 'fileSearchStores/s:importFile', { name: 'fileSearchStores/s/operations/o' }, {}],
  [
    'POST',
    'cachedContents',
    { name: 'cachedContents/c', expireTime: '2026-11-24T00:00:00Z' },
    { 'cachedContents/c': NOW + DAY },
  ],
  ['POST', 'models/m:countTokens', { totalTokens: 3 }, {}],
  ['POST', 'cachedContents', { name: 17, file: null, files: 'x', metadata: [] }, {}],
  [
    'GET',
    'models/veo/operations/o',
    {
      response: {
        generateVideoResponse: {
          generatedSamples: [
            { video: { uri: 'https://generativelanguage.googleapis.com/v1beta/files/v:download?alt=media' } },
          ],
        },
      },
    },
    { 'files/v': NOW + 2 * DAY },
  ],
  ['GET', 'batches/b', { metadata: { output: { responsesFile: 'files/out' } } }, { 'files/out': NOW + 2 * DAY }],
  ['GET', 'files/f', { name: 'files/f', displayName: 'files/other', metadata: { name: 'files/other' } }, {}],
])('%s %s', async (method, path, reply, owned) => {
  expect(await keep(method, path, reply)).toEqual(owned)
})
