import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { namesAsWritten, namesIn, resourceOf } from '../../lib/gemini/resource-names.ts'

test.each([
  ['files/abc:download', 'files/abc'],
  ['cachedContents/c-1', 'cachedContents/c-1'],
  ['models/veo-3.1/operations/op', 'models/veo-3.1/operations/op'],
  ['fileSearchStores/s/upload/operations/o', 'fileSearchStores/s'],
  ['fileSearchStores/s/documents/d', 'fileSearchStores/s'],
  ['tunedModels/t/operations/o', 'tunedModels/t'],
  ['interactions/v1_Chd/cancel', 'interactions/v1_Chd'],
  ['models/gemini-3', undefined],
  ['files', undefined],
  ['toString/abc', undefined],
  ['constructor/abc', undefined],
])('%s belongs with %s', (text, name) => {
  expect(resourceOf(text)?.name).toBe(name)
})

const FILE = 'https://generativelanguage.googleapis.com/v1beta/files/abc'

test.each<[string, unknown, string[]]>([
  ['a file of a part', { contents: [{ parts: [{ fileData: { fileUri: FILE } }] }] }, ['files/abc']],
  ['snake case, one object for a list', { contents: { parts: { file_data: { file_uri: FILE } } } }, ['files/abc']],
  ['a system instruction', { systemInstruction: { parts: [{ fileData: { fileUri: FILE } }] } }, ['files/abc']],
  [
    'the parts of a function result, not its response',
    {
      contents: [
        { parts: [{ functionResponse: { response: { a: 'files/no' }, parts: [{ fileData: { fileUri: FILE } }] } }] },
      ],
    },
    ['files/abc'],
  ],
  ['a cache', { cachedContent: 'cachedContents/x' }, ['cachedContents/x']],
  ['stores', { tools: [{ file_search: { file_search_store_names: ['fileSearchStores/s'] } }] }, ['fileSearchStores/s']],
  ['the lines of a batch', { batch: { inputConfig: { fileName: 'files/in' } } }, ['files/in']],
  [
    'requests in a batch',
    { batch: { inputConfig: { requests: { requests: [{ request: { cachedContent: 'cachedContents/x' } }] } } } },
    ['cachedContents/x'],
  ],
  ['a video to go on with', { instances: [{ video: { uri: `${FILE}:download?alt=media` } }] }, ['files/abc']],
  ['an interaction', { previous_interaction_id: 'v1_x', input: 'files/no' }, ['interactions/v1_x']],
  ['the content of an interaction', { input: [{ type: 'image', uri: FILE }] }, ['files/abc']],
  [
    'the media of a tool result in an interaction',
    { input: [{ type: 'function_result', call_id: 'c', result: [{ type: 'document', uri: FILE }] }] },
    ['files/abc'],
  ],
  [
    'and in its older form',
    { input: [{ type: 'function_result', result: { items: [{ type: 'image', uri: 'files/abc' }] } }] },
    ['files/abc'],
  ],
  [
    'nothing else in a tool result',
    { input: [{ type: 'function_result', result: { type: 'listing', uri: 'files/a', path: ['files/b'] } }] },
    [],
  ],
  ['nothing in a tool result of text', { input: [{ type: 'function_result', result: 'files/abc' }] }, []],
  ['a tuned model', { model: 'tunedModels/t' }, ['tunedModels/t']],
  ['the same twice', { a: FILE, b: ['files/abc'] }, ['files/abc']],
  ['nothing in texts', { contents: [{ parts: [{ text: 'files/abc' }] }] }, []],
  [
    'nothing in arguments',
    { contents: [{ parts: [{ functionCall: { name: 'read', args: { path: 'files/a' } } }] }] },
    [],
  ],
  ['nothing in schemas', { tools: [{ functionDeclarations: [{ parameters: { enum: ['files/a'] } }] }] }, []],
  [
    'nor in those of an interaction',
    { tools: [{ type: 'function', name: 'open', parameters: { properties: { path: { enum: ['files/a'] } } } }] },
    [],
  ],
  ['nothing of other hosts', { fileUri: 'https://example.com/v1beta/files/abc' }, []],
  [
    'nothing of hosts that only look like it',
    { fileUri: 'https://generativelanguage.googleapis.com.evil.com/files/a' },
    [],
  ],
])('names: %s', (_, request, names) => {
  expect(namesIn(request).map(({ name }) => name)).toEqual(names)
})

test.each([
  'http://GENERATIVELANGUAGE.googleapis.com/v1beta/files/abc',
  'https://generativelanguage.googleapis.com./v1/files/abc?key=x',
  'https://generativelanguage.googleapis.com//v1beta//files//abc',
  'https://generativelanguage.googleapis.com/v1beta/%66iles/abc',
  'https://generativelanguage.googleapis.com/v1beta/x/../files/abc#f',
  'https://user@generativelanguage.googleapis.com:443/download/v1beta/files/abc:download?alt=media',
  'https://generativelanguage.mtls.googleapis.com/v1beta/files/abc',
  ' files/abc ',
  `https://generativelanguage.googleapis.com/v1beta/files/abc?${'x'.repeat(5000)}`,
  'https:\\\\generativelanguage.googleapis.com\\v1beta\\files\\abc',
  'https://generativelanguage.googleapis.com/v1beta/fi\nles/abc',
  '/v1beta/files/abc',
])('no spelling of a name slips through: %s', (fileUri) => {
  expect(namesIn({ contents: [{ parts: [{ fileData: { fileUri } }] }] })).toEqual([
    { name: 'files/abc', field: 'contents[0].parts[0].fileData.fileUri' },
  ])
})

test('a name is told by its place in the request that the client wrote', () => {
  const upstream = { contents: [{ parts: [{ text: 'a' }, { fileData: { fileUri: FILE } }] }] }
  const written = { messages: [{ content: 'a' }, { content: [{ type: 'file', file: { file_id: 'files/abc' } }] }] }
  expect(namesAsWritten(upstream, written)).toEqual([
    { name: 'files/abc', field: 'messages[1].content[0].file.file_id' },
  ])
})

test('or by the last part of it, where a protocol leaves out the rest', () => {
  const upstream = { contents: [{ parts: [{ fileData: { fileUri: FILE } }] }] }
  const written = { messages: [{ content: [{ type: 'document', source: { type: 'file', file_id: 'abc' } }] }] }
  expect(namesAsWritten(upstream, written)).toEqual([
    { name: 'files/abc', field: 'messages[0].content[0].source.file_id' },
  ])
})

test('any JSON can be looked through', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(Array.isArray(namesIn(json))).toBe(true)
    }),
  )
})

test("a file's id is told as the client wrote it", () => {
  const upstream = { contents: [{ parts: [{ fileData: { fileUri: FILE } }] }] }
  for (const id of ['file-abc', 'file_abc']) {
    expect(namesAsWritten(upstream, { messages: [{ content: [{ source: { file_id: id } }] }] })).toEqual([
      { name: 'files/abc', field: 'messages[0].content[0].source.file_id', written: id },
    ])
  }
})
