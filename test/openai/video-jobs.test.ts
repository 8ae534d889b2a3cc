import { expect, test } from '@jest/globals'
import { endOf, type VideoJob, videoObject } from '../../lib/openai/videos/job.ts'

const NOW = Date.UTC(2026, 10, 23)
const JOB: VideoJob = {
  id: 'video_a',
  operation: 'models/veo-3.1/operations/a',
  model: 'sora-2',
  prompt: 'x',
  seconds: 4,
  size: '720x1280',
  created: NOW - 60_000,
}
const name = JOB.operation

test('an operation that runs has no end', () => {
  expect(endOf({ name }, NOW)).toBeUndefined()
  expect(endOf({ name, done: false }, NOW)).toBeUndefined()
  expect(videoObject(JOB)).toMatchObject({ status: 'in_progress', progress: 0, completed_at: null, error: null })
})

test.each([
  'https://generativelanguage.googleapis.com/v1beta/files/abc:download?alt=media',
  'https://generativelanguage.googleapis.com/download/v1beta/files/abc:download?alt=media',
])('the file of what was made: %s', (uri) => {
  const generateVideoResponse = { generatedSamples: [{ video: { uri } }] }
  const end = endOf({ name, done: true, response: { generateVideoResponse } }, NOW)
  expect(end).toEqual({ at: NOW, file: 'files/abc', expires: NOW + 48 * 3600 * 1000 })
  expect(videoObject({ ...JOB, ...(end && { end }) })).toMatchObject({ status: 'completed', error: null })
})

// https://ai.google.dev/gemini-api/docs/video: what was filtered is counted, with Google's reasons
test.each<[string, object, object]>([
  [
    'filtered',
    { response: { generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['Not that.'] } } },
    { code: 'content_policy_violation', message: 'Not that.' },
  ],
  ['failed', { error: { code: 13, message: 'Internal.' } }, { code: 'video_generation_failed', message: 'Internal.' }],
  ['of nothing', { response: {} }, { code: 'video_generation_failed', message: 'Gemini made no video.' }],
  [
    'of an address elsewhere',
    { response: { generateVideoResponse: { generatedSamples: [{ video: { uri: 'https://a.test/x.mp4' } }] } } },
    { code: 'video_generation_failed', message: 'Gemini made no video.' },
  ],
])('an end that is %s says so', (_, ended, error) => {
  const end = endOf({ name, done: true, ...ended }, NOW)
  expect(videoObject({ ...JOB, ...(end && { end }) })).toMatchObject({ status: 'failed', error, completed_at: null })
})
