// What large bodies cost: the largest request that each memory size accepts, full of text beyond Latin-1 (which V8 keeps in
// two bytes a character), and a 20 MB image in the answer. Memory is the process's; Lambda counts some 30 MB more than that.
import { bodyLimit } from '../../lib/http/body.ts'
import { imageEvents, textEvents } from './events.ts'
import { cpuOf, hasProc, memoryOf, peakOf, resetPeak } from './process.ts'
import { medianOf } from './rounds.ts'
import { type Row, row } from './table.ts'
import type { Laboratory, Target } from './targets.ts'

const MEMORIES = [512, 256, 128]
/** AWS takes no event over 6 MB, and the body is not all of it. */
const LARGEST = 5_500_000
/** The request around its text. */
const ENVELOPE = 500
const PLATFORM_MB = 30
const SENTENCE = '秋风起，落叶黄。Осень пришла, и лист опадает. 가을이 왔습니다。'

interface Weight {
  cpuMs: number
  peakMb: number
  grownMb: number
}

interface Load {
  /** MB of the function. */
  memory: number
  question?: string
  answer: readonly Buffer[]
}

const SMALL = textEvents(3, 40)

/** One request to a fresh environment that has answered a small one before. */
const weigh = async (laboratory: Laboratory, target: Target, { memory, question, answer }: Load): Promise<Weight> => {
  const sandbox = await laboratory.start(target.folder, { memory, variables: {} })
  try {
    laboratory.upstream.answer(SMALL)
    await sandbox.call(target.event())
    laboratory.upstream.answer(answer)
    const before = memoryOf(sandbox.pid)
    const cpuBefore = cpuOf(sandbox.pid)
    resetPeak(sandbox.pid)
    const { head } = await sandbox.call(target.event(question))
    if (!head.includes('"statusCode":200')) throw new Error(`${target.name} at ${memory} MB answers ${head}`)
    const peakMb = peakOf(sandbox.pid)
    return { cpuMs: cpuOf(sandbox.pid) - cpuBefore, peakMb, grownMb: peakMb - before }
  } finally {
    await sandbox.stop()
  }
}

const protocolsOf = ({ targets }: Laboratory): Target[] => targets.filter(({ name }) => name !== 'pipe')

const requests = async (laboratory: Laboratory, rounds: number): Promise<Row[]> => {
  const rows: Row[] = []
  for (const memory of MEMORIES) {
    const bytes = Math.min(LARGEST, bodyLimit(memory)) - ENVELOPE
    const question = SENTENCE.repeat(Math.floor(bytes / Buffer.byteLength(SENTENCE)))
    for (const target of protocolsOf(laboratory)) {
      const weights: Weight[] = []
      for (let round = 0; round < rounds; round++)
        weights.push(await weigh(laboratory, target, { memory, question, answer: SMALL }))
      const what = `request of ${(bytes / 1e6).toFixed(1)} MB at ${memory} MB`
      rows.push(row(what, target.name, 'ms CPU', medianOf(weights.map(({ cpuMs }) => cpuMs))))
      const peak = Math.max(...weights.map(({ peakMb }) => peakMb))
      rows.push(row(what, target.name, 'MB peak', peak, memory - PLATFORM_MB))
    }
  }
  return rows
}

const IMAGE_MB = 20

const images = async (laboratory: Laboratory, rounds: number): Promise<Row[]> => {
  const answer = imageEvents(IMAGE_MB)
  const rows: Row[] = []
  for (const target of laboratory.targets) {
    const weights: Weight[] = []
    for (let round = 0; round < rounds; round++) weights.push(await weigh(laboratory, target, { memory: 512, answer }))
    const what = `answer with a ${IMAGE_MB} MB image`
    rows.push(row(what, target.name, 'ms CPU', medianOf(weights.map(({ cpuMs }) => cpuMs))))
    rows.push(row(what, target.name, 'MB more', medianOf(weights.map(({ grownMb }) => grownMb))))
  }
  return rows
}

export const largeBodies = async (laboratory: Laboratory, quick: boolean): Promise<Row[]> => {
  if (!hasProc) return []
  const rounds = quick ? 1 : 5
  return [...(await requests(laboratory, rounds)), ...(await images(laboratory, rounds))]
}
