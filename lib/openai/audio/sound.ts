import { pcmRateOf, wavHeader } from '../wav.ts'
import type { SoundEncoder } from './encoder.ts'

/** Formats that speech comes in. */
export type SoundFormat = 'mp3' | 'flac' | 'wav' | 'pcm'

const nothing = (): Buffer => Buffer.alloc(0)

/** What needs an encoder has it loaded by the first who wants it. */
export const soundEncoder = async (format: SoundFormat): Promise<SoundEncoder> => {
  switch (format) {
    case 'pcm':
      return { contentType: 'audio/pcm', begin: nothing, encode: (pcm) => pcm, end: nothing }
    case 'wav':
      return {
        contentType: 'audio/wav',
        begin: (rate, length) => wavHeader(rate, length),
        encode: (pcm) => pcm,
        end: nothing,
      }
    case 'flac':
      return (await import('./flac.ts')).flacEncoder()
    case 'mp3':
      return (await import('./mp3.ts')).mp3Encoder()
  }
}

/** A sound that is there as a whole; one that isn't PCM is left as it is. */
export const encodeWhole = (sound: Buffer, mimeType: string, encoder: SoundEncoder) => {
  const rate = pcmRateOf(mimeType)
  if (rate === undefined) return { contentType: mimeType, bytes: sound }
  const bytes = Buffer.concat([encoder.begin(rate, sound.length), encoder.encode(sound), encoder.end()])
  return { contentType: encoder.contentType, bytes }
}
