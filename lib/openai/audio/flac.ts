import type { SoundEncoder } from './encoder.ts'

// FLAC with its samples as they are: lossless and readable everywhere, if no smaller than WAV. https://www.rfc-editor.org/rfc/rfc9639

const SAMPLES_PER_FRAME = 4096
const BYTES_PER_SAMPLE = 2

/** Remainders of each byte for a checksum of so many bits. */
const tableOf = (bits: 8 | 16, polynomial: number): number[] =>
  Array.from({ length: 256 }, (_, byte) => {
    const top = 1 << (bits - 1)
    let rest = byte << (bits - 8)
    for (let bit = 0; bit < 8; bit++) rest = rest & top ? (rest << 1) ^ polynomial : rest << 1
    return rest & (2 ** bits - 1)
  })
const CRC_8 = tableOf(8, 0x07)
const CRC_16 = tableOf(16, 0x8005)

const crc8 = (bytes: Buffer): number => bytes.reduce((crc, byte) => CRC_8[crc ^ byte] ?? 0, 0)
const crc16 = (bytes: Buffer): number =>
  bytes.reduce((crc, byte) => ((crc << 8) & 0xff_ff) ^ (CRC_16[(crc >> 8) ^ byte] ?? 0), 0)

/** Length, number of samples and checksum of the sound are left unknown: the file is written as the sound comes. */
const streamInfo = (rate: number): Buffer => {
  const info = Buffer.alloc(4 + 34)
  info.writeUInt32BE(0x80_00_00_22)
  info.writeUInt16BE(SAMPLES_PER_FRAME, 4)
  info.writeUInt16BE(SAMPLES_PER_FRAME, 6)
  // 20 bits of rate, 3 of channels less one, 5 of bits less one
  info.writeUInt32BE(rate * 2 ** 12 + ((BYTES_PER_SAMPLE * 8 - 1) << 4), 14)
  return Buffer.concat([Buffer.from('fLaC'), info])
}

/** A frame's number, as UTF-8 writes a character; the first that is none comes after two and a half hours. */
const numberOf = (frame: number): Buffer => Buffer.from(String.fromCodePoint(frame))

/** One channel of 16 bits, verbatim; `pcm` is little-endian. */
const frameOf = (pcm: Buffer, frame: number): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(pcm.length / BYTES_PER_SAMPLE - 1)
  // the length stands at the head's end, the rate in the stream's head
  const head = Buffer.concat([Buffer.from([0xff, 0xf8, 0x70, 0x08]), numberOf(frame), length])
  const body = Buffer.concat([head, Buffer.from([crc8(head), 0x02]), Buffer.from(pcm).swap16()])
  const end = Buffer.alloc(2)
  end.writeUInt16BE(crc16(body))
  return Buffer.concat([body, end])
}

export const flacEncoder = (): SoundEncoder => {
  const size = SAMPLES_PER_FRAME * BYTES_PER_SAMPLE
  let left: Buffer = Buffer.alloc(0)
  let frames = 0
  return {
    contentType: 'audio/flac',
    begin: (rate) => streamInfo(rate),
    encode(pcm) {
      const all = Buffer.concat([left, pcm])
      const whole = Math.floor(all.length / size)
      left = all.subarray(whole * size)
      return Buffer.concat(
        Array.from({ length: whole }, (_, place) => frameOf(all.subarray(place * size, (place + 1) * size), frames++)),
      )
    },
    end: () => (left.length === 0 ? left : frameOf(left, frames++)),
  }
}
