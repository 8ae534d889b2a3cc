// The README's table of fields is printed from the lists at the head of each request file. UPDATE=1 writes it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import * as anthropicFiles from '../lib/anthropic/files.ts'
import * as messages from '../lib/anthropic/request.ts'
import * as audio from '../lib/openai/audio/request.ts'
import * as speech from '../lib/openai/audio/speech.ts'
import * as chat from '../lib/openai/chat/request.ts'
import * as completions from '../lib/openai/completions/request.ts'
import * as embeddings from '../lib/openai/embeddings/request.ts'
import * as files from '../lib/openai/files/request.ts'
import * as images from '../lib/openai/images/request.ts'
import * as responses from '../lib/openai/responses/request.ts'
import * as videos from '../lib/openai/videos/request.ts'

interface Lists {
  IGNORED: Readonly<Record<string, unknown>>
  REFUSED: Readonly<Record<string, unknown>>
}

const ENDPOINTS: Readonly<Record<string, Lists>> = {
  '/v1/chat/completions': chat,
  '/v1/responses': responses,
  '/v1/messages': messages,
  '/v1/completions': completions,
  '/v1/embeddings': embeddings,
  '/v1/images/…': images,
  '/v1/audio/speech': speech,
  '/v1/audio/transcriptions': audio,
  '/v1/files': { ...files, IGNORED: { ...files.IGNORED, ...anthropicFiles.IGNORED } },
  '/v1/videos': videos,
}

const names = (list: Readonly<Record<string, unknown>>): string =>
  Object.keys(list)
    .map((name) => `\`${name}\``)
    .join(', ') || '–'

const TABLE = [
  '| endpoint | accepted, without effect | refused |',
  '| --- | --- | --- |',
  ...Object.entries(ENDPOINTS).map(
    ([path, { IGNORED, REFUSED }]) => `| \`${path}\` | ${names(IGNORED)} | ${names(REFUSED)} |`,
  ),
].join('\n')

const PLACE = /(<!-- fields -->\n)[^]*?(\n<!-- \/fields -->)/

test('the README tells which fields have no effect and which are refused', () => {
  const file = join(import.meta.dirname, '../README.md')
  const readme = readFileSync(file, 'utf8')
  expect(readme).toMatch(PLACE)
  if (process.env.UPDATE) writeFileSync(file, readme.replace(PLACE, `$1${TABLE}$2`))
  expect(PLACE.exec(readFileSync(file, 'utf8'))?.[0]).toBe(`<!-- fields -->\n${TABLE}\n<!-- /fields -->`)
})
