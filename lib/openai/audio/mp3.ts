import { createMp3Encoder } from 'wasm-media-encoders'
import type { SoundEncoder } from './encoder.ts'

/** Kilobits a second: what speech of one channel at 24 kHz can use. */
const BITRATE = 96
/** At once, so that the encoder's memory doesn't grow with the speech. */
const SAMPLES = 48_000

/** LAME, compiled to WebAssembly. One for each speech: it remembers what it has heard. */
export const mp3Encoder = async (): Promise<SoundEncoder> => {
  const lame = await createMp3Encoder()
  const encodeSome = (pcm: Buffer): Buffer => {
    const samples = Float32Array.from({ length: pcm.length / 2 }, (_, place) => pcm.readInt16LE(place * 2) / 32_768)
    // What it gives is a view of its own memory.
    return Buffer.from(lame.encode([samples]))
  }
  return {
    contentType: 'audio/mpeg',
    begin(rate) {
      lame.configure({ channels: 1, sampleRate: rate, bitrate: BITRATE })
      return Buffer.alloc(0)
    },
    encode: (pcm) =>
      Buffer.concat(
        Array.from({ length: Math.ceil(pcm.length / 2 / SAMPLES) }, (_, piece) =>
          encodeSome(pcm.subarray(piece * SAMPLES * 2, (piece + 1) * SAMPLES * 2)),
        ),
      ),
    end: () => Buffer.from(lame.finalize()),
  }
}
