// The smallest MP4 that plays: one track of PNG frames (MPEG-4 object type 0x6d). ISO/IEC 14496-12.
import { drawPng } from './png.ts'

const box = (type: string, ...parts: (Buffer | readonly number[])[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part))))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}
const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index))
  return bytes
}
const MATRIX = words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
const SIDE = 128
const TIMESCALE = 1000

/** One still picture shown for so many seconds. */
export const drawVideo = (prompt: string, seconds: number): Buffer => {
  const frame = drawPng(prompt)
  const duration = Math.round(seconds * TIMESCALE)
  const type = box('ftyp', Buffer.from('isom'), words(512), Buffer.from('isommp41'))
  const decoder = [0x04, 17, 0x6d, 0x11, 0, 0, 0, ...words(0, 0)]
  const descriptor = [0x03, 3 + decoder.length + 3, 0, 1, 0, ...decoder, 0x06, 1, 2]
  const entry = box(
    'mp4v',
    [0, 0, 0, 0, 0, 0, 0, 1],
    Buffer.alloc(16),
    [0, SIDE, 0, SIDE],
    words(0x480000, 0x480000, 0),
    [0, 1],
    Buffer.alloc(32),
    [0, 24, 0xff, 0xff],
    box('esds', words(0), descriptor),
  )
  const table = (offset: number): Buffer =>
    box(
      'stbl',
      box('stsd', words(0, 1), entry),
      box('stts', words(0, 1, 1, duration)),
      box('stsc', words(0, 1, 1, 1, 1)),
      box('stsz', words(0, 0, 1, frame.length)),
      box('stco', words(0, 1, offset)),
    )
  const movie = (offset: number): Buffer =>
    box(
      'moov',
      box('mvhd', words(0, 0, 0, TIMESCALE, duration, 0x10000, 0x1000000, 0, 0), MATRIX, Buffer.alloc(24), words(2)),
      box(
        'trak',
        box('tkhd', words(7, 0, 0, 1, 0, duration, 0, 0, 0, 0), MATRIX, words(SIDE << 16, SIDE << 16)),
        box(
          'mdia',
          box('mdhd', words(0, 0, 0, TIMESCALE, duration, 0x55c40000)),
          box('hdlr', words(0, 0), Buffer.from('vide'), Buffer.alloc(13)),
          box(
            'minf',
            box('vmhd', words(1, 0, 0)),
            box('dinf', box('dref', words(0, 1), box('url ', words(1)))),
            table(offset),
          ),
        ),
      ),
    )
  const before = type.length + movie(0).length + 8
  return Buffer.concat([type, movie(before), box('mdat', frame)])
}
