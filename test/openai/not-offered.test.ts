import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type OpenAI from 'openai'
import { toFile } from 'openai'
import { serve } from './served.ts'

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served.simulated.close())

/** What the SDK asks for that nobody answers here → what its client is told. */
const CALLS: Readonly<Record<string, (openai: OpenAI) => Promise<unknown>>> = {
  Assistants: (openai) => openai.beta.assistants.create({ model: 'gpt-5' }),
  Threads: (openai) => openai.beta.threads.create(),
  Batches: (openai) =>
    openai.batches.create({ completion_window: '24h', endpoint: '/v1/responses', input_file_id: 'file-abc' }),
  'Batches, listed,': (openai) => openai.batches.list(),
  Containers: (openai) => openai.containers.list(),
  Evals: (openai) => openai.evals.list(),
  'Fine-tuning': (openai) => openai.fineTuning.jobs.create({ model: 'gpt-5', training_file: 'file-abc' }),
  Moderations: (openai) => openai.moderations.create({ input: 'x' }),
  'The Realtime API': (openai) => openai.realtime.clientSecrets.create({}),
  Uploads: (openai) =>
    openai.uploads.create({ bytes: 1, filename: 'a', mime_type: 'text/plain', purpose: 'user_data' }),
  'Vector stores': (openai) => openai.vectorStores.create({ name: 'x' }),
  'Vector store files': async (openai) =>
    openai.vectorStores.files.uploadAndPoll('vs_1', await toFile(Buffer.from('x'), 'a.txt')),
}

test.each(Object.entries(CALLS))('%s are told to be missing', async (_, call) => {
  await expect(call(served.openai)).rejects.toMatchObject({
    status: 404,
    type: 'invalid_request_error',
    message: expect.stringMatching(/(?:is|are) not available here/),
  })
})

test('an unknown path stays one', async () => {
  await expect(served.openai.get('/batch')).rejects.toMatchObject({ status: 404, message: /Unknown path/ })
  await expect(served.openai.get('/constructor')).rejects.toMatchObject({ status: 404, message: /Unknown path/ })
})
