// Speech as tones: signed 16-bit little-endian PCM at 24 kHz, one channel, one tone for each word or character.
import { hashOf } from '../json.ts'

export const PCM_TYPE = 'audio/L16;codec=pcm;rate=24000'
export const PCM_RATE = 24_000
const TONE_SECONDS = 0.12
const MOST_TONES = 60
const LOUDNESS = 9000

/** A voice sets the pitch; a speaker's lines are those after `Name:`. */
export const speak = (text: string, voiceOf: (line: string) => string): Buffer => {
  const tones = text
    .split('\n')
    .flatMap((line) =>
      (line.match(/[\u3040-\u9fff\uac00-\ud7af]|[^\s\u3040-\u9fff\uac00-\ud7af]+/g) ?? []).map((word) => ({
        line,
        word,
      })),
    )
    .slice(0, MOST_TONES)
  const length = Math.round(TONE_SECONDS * PCM_RATE)
  const samples = Buffer.alloc(2 * length * Math.max(1, tones.length))
  tones.forEach(({ line, word }, index) => {
    const pitch = 160 + (hashOf(voiceOf(line)) % 200) + (hashOf(word) % 120)
    for (let at = 0; at < length; at++) {
      const fade = Math.sin((Math.PI * at) / length)
      const value = Math.round(LOUDNESS * fade * Math.sin((2 * Math.PI * pitch * at) / PCM_RATE))
      samples.writeInt16LE(value, 2 * (index * length + at))
    }
  })
  return samples
}
