const HEADER = 44
const BYTES_PER_SAMPLE = 2

/** 16-bit mono PCM, little-endian, as a WAV file. `rate` is in samples per second. */
export const wavOf = (pcm: Buffer, rate: number): Buffer => {
  const header = Buffer.alloc(HEADER)
  header.write('RIFF', 0)
  header.writeUInt32LE(HEADER - 8 + pcm.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * BYTES_PER_SAMPLE, 28)
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32)
  header.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34)
  header.write('data', 36)
  header.writeUInt32LE(pcm.length, 40)
  return Buffer.concat([header, pcm])
}

/** Gemini speaks 16-bit PCM and names its rate: `audio/L16;codec=pcm;rate=24000`. Undefined for anything else. */
export const pcmRateOf = (mimeType: string): number | undefined => {
  if (!/^audio\/(?:l16|pcm)\b/i.test(mimeType)) return undefined
  return Number(/;\s*rate=(\d+)/i.exec(mimeType)?.[1] ?? 24_000)
}
