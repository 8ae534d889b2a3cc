const HEADER = 44
const BYTES_PER_SAMPLE = 2

/** What players take for: until the sound ends. */
const UNKNOWN = 0xff_ff_ff_ff

/** The head of a WAV file of 16-bit mono PCM. `rate` is in samples per second, `length` that of the PCM in bytes. */
export const wavHeader = (rate: number, length?: number): Buffer => {
  const header = Buffer.alloc(HEADER)
  header.write('RIFF', 0)
  header.writeUInt32LE(length === undefined ? UNKNOWN : HEADER - 8 + length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * BYTES_PER_SAMPLE, 28)
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32)
  header.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34)
  header.write('data', 36)
  header.writeUInt32LE(length ?? UNKNOWN, 40)
  return header
}

/** 16-bit mono PCM, little-endian, as a WAV file. */
export const wavOf = (pcm: Buffer, rate: number): Buffer => Buffer.concat([wavHeader(rate, pcm.length), pcm])

/** Gemini speaks 16-bit PCM and names its rate: `audio/L16;codec=pcm;rate=24000`. Undefined for anything else. */
export const pcmRateOf = (mimeType: string): number | undefined => {
  if (!/^audio\/(?:l16|pcm)\b/i.test(mimeType)) return undefined
  return Number(/;\s*rate=(\d+)/i.exec(mimeType)?.[1] ?? 24_000)
}
