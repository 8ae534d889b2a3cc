import { describe, expect, test } from '@jest/globals'
import { readForm } from '../../lib/http/form.ts'
import { requestOf } from './requests.ts'

const BOUNDARY = '----a-boundary'
const part = (disposition: string, data: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${data}\r\n`
const read = (...parts: string[]) =>
  readForm(
    requestOf({
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      body: Buffer.from(`${parts.join('')}--${BOUNDARY}--\r\n`),
    }),
  )

describe('the name of a file', () => {
  test.each([
    ['with a quote as browsers write it', 'filename="a%22b.txt"', 'a"b.txt'],
    ['with a quote as Go writes it', 'filename="a\\"b\\".txt"', 'a"b".txt'],
    ['in another script', 'filename="日本.txt"', '日本.txt'],
    ['by RFC 5987', 'filename="u.txt"; filename*=utf-8\'\'%C3%BC.txt', 'ü.txt'],
    ['without quotes', 'filename=a.txt', 'a.txt'],
  ])('%s', async (_, filename, name) => {
    const data = 'a\r\n"b\\" \r\n--c\r\n'
    const { files, texts } = await read(part('name="purpose"', 'x'), part(`name="file[]"; ${filename}`, data))
    expect(texts.purpose).toEqual(['x'])
    expect(files.file?.map((file) => [file.name, file.bytes.toString()])).toEqual([[name, data]])
  })
})

test('what is no form is the client’s fault', async () => {
  await expect(read(part('', 'x'))).rejects.toMatchObject({ kind: 'invalid_request' })
})
