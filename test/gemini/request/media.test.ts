import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { base64Of } from '../../../lib/gemini/base64.ts'
import { modelOf } from '../../../lib/gemini/models/model.ts'
import { dataUrl, partOfBase64, partOfUrl } from '../../../lib/gemini/request/media.ts'

const NEWEST = modelOf('gemini-3.8-flash')
const PARAM = 'messages[0].content[1].image_url.url'
const fromUrl = (url: string, options = {}): unknown => partOfUrl(url, options, NEWEST, PARAM)
const inline = (mimeType: string, bytes: Buffer | string): unknown => ({
  inlineData: { mimeType, data: Buffer.from(bytes).toString('base64') },
})
const refusal = expect.objectContaining({ kind: 'invalid_request', param: PARAM })

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

describe('base64', () => {
  test('bytes come back the same however they were written', () => {
    const styles = [
      (bytes: Buffer) => bytes.toString('base64'),
      (bytes: Buffer) => bytes.toString('base64url'),
      (bytes: Buffer) => bytes.toString('base64').replaceAll('=', ''),
      (bytes: Buffer) => bytes.toString('base64').replace(/(.{5})/g, '$1\r\n'),
    ]
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.constantFrom(...styles), (bytes, style) => {
        const data = Buffer.from(bytes)
        expect(base64Of(style(data))).toBe(data.toString('base64'))
      }),
    )
  })

  test.each(['', '====', 'A', 'AAAAA', 'AA=A', 'AAA===', 'AAÄA', 'AAA!', '\u0141AAA'])('%j is none', (text) => {
    expect(base64Of(text)).toBeUndefined()
  })
})

describe('data URLs', () => {
  test('what we write we read', () => {
    const part = fromUrl(dataUrl({ mimeType: 'image/webp', data: PNG.toString('base64') }))
    expect(part).toEqual(inline('image/webp', PNG))
  })

  test.each([
    ['data:text/plain;charset=utf-8;base64,R3LDvMOfZQ==', inline('text/plain', 'Grüße')],
    ['data:text/csv;charset=utf-8,a%2Cb%0A%C3%BC', inline('text/csv', 'a,b\nü')],
    ['data:,plain', inline('text/plain', 'plain')],
    ['DATA:IMAGE/JPG;BASE64,iVBORw0KGgo=', inline('image/jpeg', PNG.subarray(0, 8))],
    ['data:application/octet-stream;base64,iVBORw0KGgo=', inline('image/png', PNG.subarray(0, 8))],
    ['data:image/*;base64,iVBORw0KGgo=', inline('image/png', PNG.subarray(0, 8))],
    ['data:;base64,iVBORw0KGgo=', inline('image/png', PNG.subarray(0, 8))],
    ['data:image/png;base64,iVBORw0KGgo%3D', inline('image/png', PNG.subarray(0, 8))],
    ['data:audio/x-wav;base64,AAAA', inline('audio/wav', Buffer.alloc(3))],
  ])('%s', (url, part) => {
    expect(fromUrl(url)).toEqual(part)
  })

  test.each([
    'data:image/png;base64',
    'data:image/png;base64,',
    'data:image/png;base64,%%%',
    'data:image/png;base64,not base64!',
    'data:text/plain,%FF',
    'data:;base64,AAAA',
  ])('%s is refused by the name of its field', (url) => {
    expect(() => fromUrl(url)).toThrow(refusal)
  })

  test('five megabytes take one pass', () => {
    const url = `data:image/png;base64,${'A'.repeat(5_000_000)}`
    const start = performance.now()
    fromUrl(url)
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describe('references', () => {
  test.each([
    [
      'https://example.com/a/photo.JPG?sig=1',
      { mimeType: 'image/jpeg', fileUri: 'https://example.com/a/photo.JPG?sig=1' },
    ],
    ['https://example.com/stream', { fileUri: 'https://example.com/stream' }],
    ['https://www.youtube.com/watch?v=abc', { fileUri: 'https://www.youtube.com/watch?v=abc' }],
    ['https://youtu.be/abc', { fileUri: 'https://youtu.be/abc' }],
    ['files/abc-123', { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc-123' }],
    [
      'https://generativelanguage.googleapis.com/v1beta/files/abc',
      { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' },
    ],
  ])('%s', (url, fileData) => {
    expect(fromUrl(url)).toEqual({ fileData })
  })

  test('a type that the client says counts', () => {
    expect(fromUrl('https://example.com/x.png', { mimeType: 'application/x-pdf' })).toEqual({
      fileData: { mimeType: 'application/pdf', fileUri: 'https://example.com/x.png' },
    })
    expect(fromUrl('https://example.com/x', { filename: 'talk.mp3' })).toEqual({
      fileData: { mimeType: 'audio/mp3', fileUri: 'https://example.com/x' },
    })
  })

  test.each([
    'http://example.com/a.png',
    'gs://bucket/a.png',
    'file:///etc/passwd',
    'ftp://x/y',
    'files/../../x',
    'a.png',
    '',
  ])('%s is refused, and nothing is fetched', (url) => {
    expect(() => fromUrl(url)).toThrow(refusal)
  })
})

describe('plain base64', () => {
  const part = (data: string, options = {}): unknown => partOfBase64(data, options, NEWEST, PARAM)

  test('the type is what is said, else what the bytes or the name show', () => {
    expect(part('JVBERi0xLjQ=')).toEqual(inline('application/pdf', '%PDF-1.4'))
    expect(part('YSxi', { filename: 'Table.CSV' })).toEqual(inline('text/csv', 'a,b'))
    expect(part('YSxi', { mimeType: 'Text/Plain; charset=utf-8', filename: 'x.csv' })).toEqual(
      inline('text/plain', 'a,b'),
    )
    expect(part('data:image/png;base64,iVBORw0KGgo=')).toEqual(inline('image/png', PNG.subarray(0, 8)))
    expect(() => part('YSxi')).toThrow(refusal)
    expect(() => part('YSxi', { filename: 'constructor.toString' })).toThrow(refusal)
  })

  test('detail is said where the model can hear it', () => {
    const picture = { mimeType: 'image/png', detail: 'high' as const }
    expect(part('AAAA', picture)).toMatchObject({ mediaResolution: { level: 'MEDIA_RESOLUTION_HIGH' } })
    expect(part('AAAA', { ...picture, detail: 'auto' })).not.toHaveProperty('mediaResolution')
    expect(part('AAAA', { ...picture, mimeType: 'audio/wav' })).not.toHaveProperty('mediaResolution')
    expect(partOfBase64('AAAA', picture, modelOf('gemini-2.5-flash'), PARAM)).not.toHaveProperty('mediaResolution')
  })
})
