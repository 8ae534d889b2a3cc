import { inflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { Json } from '../../infra/local/simulated-gemini/json.ts'
import { partsOf, usageIn } from './client.ts'
import { says, speaker } from './speaker.ts'

const { ask, generate, stream } = speaker()

interface Picture {
  width: number
  height: number
  pixels: Buffer
}
/** Reads a PNG by its chunks; throws if its bytes are not what its header says. */
const readPng = (bytes: Buffer): Picture => {
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]))
  const chunks: Record<string, Buffer> = {}
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    chunks[bytes.toString('latin1', at + 4, at + 8)] = bytes.subarray(at + 8, at + 8 + length)
    at += length + 12
  }
  expect(Object.keys(chunks)).toEqual(['IHDR', 'IDAT', 'IEND'])
  const [width, height] = [chunks.IHDR?.readUInt32BE(0) ?? 0, chunks.IHDR?.readUInt32BE(4) ?? 0]
  const pixels = inflateSync(chunks.IDAT ?? Buffer.alloc(0))
  expect(pixels).toHaveLength(height * (1 + 3 * width))
  return { width, height, pixels }
}
const dataIn = (body: Json): { mimeType: string; bytes: Buffer } => {
  const { mimeType = '', data = '' } = partsOf(body).find(({ inlineData }) => inlineData)?.inlineData ?? {}
  return { mimeType, bytes: Buffer.from(data, 'base64') }
}

describe('media', () => {
  test('an image model draws what differs with the prompt, in the shape that was asked', async () => {
    const body = await generate(says('生成一只小猫'), 'gemini-2.5-flash-image')
    const kitten = dataIn(body)
    expect([kitten.mimeType, partsOf(body)[0]?.text]).toEqual(['image/png', expect.stringContaining('生成一只小猫')])
    const tall = await generate(
      says('A dog', { generationConfig: { imageConfig: { aspectRatio: '9:16' } } }),
      'gemini-3-pro-image',
    )
    expect(readPng(dataIn(tall).bytes)).toMatchObject({ width: 96, height: 168 })
    expect(
      readPng(kitten.bytes).pixels.equals(
        readPng(dataIn(await generate(says('A dog'), 'gemini-2.5-flash-image')).bytes).pixels,
      ),
    ).toBe(false)
    expect(usageIn(body).candidatesTokenCount).toBeGreaterThan(1290)
  })

  test('an image model streams text, then the image', async () => {
    const parts = partsOf(...(await stream(says('A dog'), 'gemini-2.5-flash-image')))
    expect(parts.map((part) => Object.keys(part)[0])).toEqual(['text', 'inlineData'])
  })

  test('imagen gives as many pictures as asked', async () => {
    const { body } = await ask('POST', '/v1beta/models/imagen-4.0-generate-001:predict', {
      instances: [{ prompt: '夕阳下的未来城市' }],
      parameters: { sampleCount: 4 },
    })
    const pictures = (body.predictions as { bytesBase64Encoded: string }[]).map(
      ({ bytesBase64Encoded }) => bytesBase64Encoded,
    )
    expect(new Set(pictures).size).toBe(4)
    for (const picture of pictures) readPng(Buffer.from(picture, 'base64'))
  })

  test('speech is sound, and each speaker has a voice', async () => {
    const speech = (voices: Json, text: string) =>
      generate(
        says(text, { generationConfig: { responseModalities: ['AUDIO'], speechConfig: voices } }),
        'gemini-2.5-flash-preview-tts',
      )
    const voice = (voiceName: string): Json => ({ prebuiltVoiceConfig: { voiceName } })
    const kore = dataIn(await speech({ voiceConfig: voice('Kore') }, 'same same'))
    expect(kore.mimeType).toBe('audio/L16;codec=pcm;rate=24000')
    const samples = new Int16Array(
      kore.bytes.buffer.slice(kore.bytes.byteOffset, kore.bytes.byteOffset + kore.bytes.length),
    )
    expect(Math.max(...samples)).toBeGreaterThan(5000)
    expect(dataIn(await speech({ voiceConfig: voice('Puck') }, 'same same')).bytes.equals(kore.bytes)).toBe(false)
    const speakerVoiceConfigs = [
      { speaker: 'Joe', voiceConfig: voice('Charon') },
      { speaker: 'Jane', voiceConfig: voice('Kore') },
    ]
    const both = dataIn(
      await speech({ multiSpeakerVoiceConfig: { speakerVoiceConfigs } }, 'Joe: word\nJane: word'),
    ).bytes
    const tone = both.length / 4
    expect(both.subarray(tone, 2 * tone).equals(both.subarray(3 * tone))).toBe(false)
  })
})
