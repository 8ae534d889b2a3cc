// The core alone, no network: CPU for each streamed event against the floor, and an image's cost by its size.
import { imageEvents, textEvents } from './events.ts'
import { type Conversion, floor, type Write } from './floor.ts'
import { PROTOCOLS, product } from './product.ts'
import { interleave, medianOf, ratios, spreadOf } from './rounds.ts'
import { type Row, row } from './table.ts'

export interface Subject {
  name: string
  make(write: Write): Conversion
}

export const SUBJECTS: readonly Subject[] = [
  { name: 'floor', make: floor },
  ...PROTOCOLS.map((protocol) => ({ name: protocol, make: product(protocol) })),
]

/** First step; the goal is 0.35 for each. */
const LIMITS: Record<string, number> = { chat: 1, messages: 1, responses: 1.4 }

const scratch = Buffer.allocUnsafe(64 * 2 ** 20)
let written = 0
/** Costs what a socket's write would: the text becomes bytes. */
const encode: Write = (text) => {
  written += scratch.write(text, 0, 'utf8')
}

export const convert = ({ make }: Subject, reads: readonly Buffer[], write = encode): void => {
  const conversion = make(write)
  for (const bytes of reads) conversion.push(bytes)
  conversion.end()
}

/** Milliseconds on a CPU, over all threads of this process. */
const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The stream as reads of so many bytes, which know nothing of where events end. */
export const cut = (events: readonly Buffer[], size: number): Buffer[] => {
  const all = Buffer.concat(events)
  return Array.from({ length: Math.ceil(all.length / size) }, (_, number) =>
    Buffer.from(all.subarray(number * size, (number + 1) * size)),
  )
}

/** What a socket gives at most. */
const READ = 65_536

const SHAPES = [
  { name: '40 characters, one event a read', events: 2000, length: 40, repeats: 5, size: undefined },
  { name: '400 characters, one event a read', events: 1000, length: 400, repeats: 5, size: undefined },
  { name: '40 characters, 64 KB a read', events: 2000, length: 40, repeats: 5, size: READ },
]

const eventCost = async (rounds: number): Promise<Row[]> => {
  const rows: Row[] = []
  for (const shape of SHAPES) {
    const events = textEvents(shape.events, shape.length)
    const reads = shape.size ? cut(events, shape.size) : events
    for (const subject of SUBJECTS) for (let warm = 0; warm < 10; warm++) convert(subject, reads)
    const costs = await interleave(rounds, SUBJECTS, (subject) => {
      const ms = cpuMs(() => {
        for (let repeat = 0; repeat < shape.repeats; repeat++) convert(subject, reads)
      })
      return (ms * 1000) / (shape.repeats * shape.events)
    })
    const base = costs.get('floor') ?? []
    rows.push(row(`CPU an event, ${shape.name}`, 'floor', 'µs', medianOf(base)))
    for (const name of PROTOCOLS) {
      rows.push(row(`CPU an event, ${shape.name}`, name, '× floor', ratios(costs.get(name) ?? [], base), LIMITS[name]))
    }
  }
  return rows
}

/** As much image in one piece costs as much as in four; a buffer that is searched from its start again and again shows here. */
const imageCost = async (rounds: number): Promise<Row[]> => {
  const whole = { name: 'whole', reads: cut(imageEvents(20), READ), repeats: 1 }
  const quarters = { name: 'quarters', reads: cut(imageEvents(5), READ), repeats: 4 }
  const rows: Row[] = []
  for (const subject of SUBJECTS) {
    for (let warm = 0; warm < 3; warm++) convert(subject, whole.reads)
    const costs = await interleave(rounds, [whole, quarters], ({ reads, repeats }) =>
      cpuMs(() => {
        for (let repeat = 0; repeat < repeats; repeat++) convert(subject, reads)
      }),
    )
    const figures = costs.get('whole') ?? []
    const growth = ratios(figures, costs.get('quarters') ?? [])
    rows.push(row('CPU, 20 MB image, core alone', subject.name, 'ms', spreadOf(figures)))
    rows.push(
      row('20 MB image over four of 5 MB', subject.name, '× CPU', growth, subject.name === 'floor' ? undefined : 3),
    )
  }
  return rows
}

export const inProcess = async (quick: boolean): Promise<Row[]> => {
  const rows = [...(await eventCost(quick ? 9 : 21)), ...(await imageCost(quick ? 5 : 11))]
  if (written === 0) throw new Error('nothing was written')
  return rows
}
