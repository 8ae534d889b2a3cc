/** Makes a file of 16-bit PCM of one channel, little-endian, piece by piece. Each piece holds whole samples. */
export interface SoundEncoder {
  readonly contentType: string
  /** `rate` is in samples per second. What stands before all sound; `length` is that of the PCM in bytes, where it is known. */
  begin(rate: number, length?: number): Buffer
  encode(pcm: Buffer): Buffer
  end(): Buffer
}
