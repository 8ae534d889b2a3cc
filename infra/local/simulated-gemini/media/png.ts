// A PNG encoder for true colour, and a picture that depends on the prompt. https://www.w3.org/TR/png-3/
import { crc32, deflateSync } from 'node:zlib'
import { hashOf } from '../json.ts'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

export type Colour = readonly [red: number, green: number, blue: number]

export const encodePng = (width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits a sample, true colour, deflate, adaptive filters, no interlace.
  header.set([8, 2, 0, 0, 0], 8)
  const stride = 1 + 3 * width
  const rows = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows.set(colourAt(x, y), y * stride + 1 + 3 * x)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

// Google's pixels at 1K; ours are an eighth of them each way, so that tests stay quick.
const PIXELS: Readonly<Record<string, readonly [number, number]>> = {
  '1:1': [128, 128],
  '2:3': [104, 156],
  '3:2': [156, 104],
  '3:4': [108, 144],
  '4:3': [144, 108],
  '4:5': [112, 140],
  '5:4': [140, 112],
  '9:16': [96, 168],
  '16:9': [168, 96],
  '21:9': [192, 84],
  '1:4': [64, 256],
  '4:1': [256, 64],
  '1:8': [48, 384],
  '8:1': [384, 48],
}
const SCALE: Readonly<Record<string, number>> = { '512': 0.5, '1K': 1, '2K': 2, '4K': 4 }

const colourOf = (seed: number): Colour => [seed & 0xff, (seed >>> 8) & 0xff, (seed >>> 16) & 0xff]
const blend = (from: Colour, to: Colour, share: number): Colour => [
  Math.round(from[0] + (to[0] - from[0]) * share),
  Math.round(from[1] + (to[1] - from[1]) * share),
  Math.round(from[2] + (to[2] - from[2]) * share),
]

/** A sky over a ground with a round sun; colours and place of the sun come from the prompt. */
export const drawPng = (prompt: string, ratio = '1:1', size = '1K'): Buffer => {
  const scale = SCALE[size] ?? 1
  const [width, height] = (PIXELS[ratio] ?? [128, 128]).map((side) => Math.round(side * scale)) as [number, number]
  const seed = hashOf(prompt)
  const [sky, horizon, sun] = [colourOf(seed), colourOf(hashOf(`${prompt} horizon`)), colourOf(hashOf(`${prompt} sun`))]
  const [sunX, sunY] = [((seed % 60) + 20) / 100, ((seed % 35) + 15) / 100]
  const radius = Math.min(width, height) / 6
  return encodePng(width, height, (x, y) => {
    if (Math.hypot(x - sunX * width, y - sunY * height) < radius) return sun
    const share = y / height
    return share > 0.7 ? blend(horizon, [30, 40, 30], share - 0.4) : blend(sky, horizon, share)
  })
}
