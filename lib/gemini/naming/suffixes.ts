import type { Effort, ThinkingWish } from '../models/thinking.ts'
import type { BuiltIn } from '../request/tools.ts'

/** What the end of a model's name can say of a request. */
export interface Suffixes {
  thinking?: ThinkingWish
  streaming?: 'real' | 'fake'
  builtIns: readonly BuiltIn[]
}

export interface Reading {
  /** What is left of the name. */
  name: string
  suffixes: Suffixes
}

type Meaning = Pick<Suffixes, 'thinking' | 'streaming'> & { builtIn?: BuiltIn }

const effort = (level: Effort): Meaning => ({ thinking: { effort: level } })

// AIStudioToAPI's words; `-url` beside them, since it has a switch for that
const DASHED: Readonly<Record<string, Meaning>> = {
  minimal: effort('minimal'),
  low: effort('low'),
  medium: effort('medium'),
  high: effort('high'),
  real: { streaming: 'real' },
  fake: { streaming: 'fake' },
  search: { builtIn: 'search' },
  code: { builtIn: 'code' },
  url: { builtIn: 'url' },
}

const BRACKETED: Readonly<Record<string, Meaning>> = {
  none: effort('none'),
  minimal: effort('minimal'),
  low: effort('low'),
  medium: effort('medium'),
  high: effort('high'),
  xhigh: effort('xhigh'),
  max: effort('max'),
  auto: { thinking: { budget: -1 } },
}

/** No model's name is longer, and its length is the client's to choose. */
const LONGEST = 200

/** Every way to read a name: as it stands, and with ever more suffixes taken off its end, in any order, each kind once. */
export const readingsOf = (asked: string): Reading[] => {
  const readings: Reading[] = [{ name: asked, suffixes: { builtIns: [] } }]
  for (let last = readings[0]; last; ) {
    const next = last.name.length > LONGEST ? undefined : shorter(last)
    if (next) readings.push(next)
    last = next
  }
  return readings
}

const shorter = ({ name, suffixes }: Reading): Reading | undefined => {
  const bracketed = name.endsWith(')')
  const at = name.lastIndexOf(bracketed ? '(' : '-')
  // The owner of a tuned model has chosen its name.
  if (at < 1 || (!bracketed && name.startsWith('tunedModels/'))) return undefined
  const word = name.slice(at + 1, bracketed ? -1 : undefined).toLowerCase()
  const meaning = bracketed ? inBrackets(word) : wordIn(DASHED, word)
  const joined = meaning && join(suffixes, meaning)
  return joined && { name: name.slice(0, at), suffixes: joined }
}

const wordIn = (words: Readonly<Record<string, Meaning>>, word: string): Meaning | undefined =>
  Object.hasOwn(words, word) ? words[word] : undefined

/** A level, or a budget in tokens. */
const inBrackets = (word: string): Meaning | undefined =>
  /^\d{1,6}$/.test(word) ? { thinking: { budget: Number(word) } } : wordIn(BRACKETED, word)

const join = (suffixes: Suffixes, { thinking, streaming, builtIn }: Meaning): Suffixes | undefined => {
  if (builtIn) {
    return suffixes.builtIns.includes(builtIn) ? undefined : { ...suffixes, builtIns: [builtIn, ...suffixes.builtIns] }
  }
  if ((thinking && suffixes.thinking) || (streaming && suffixes.streaming)) return undefined
  return { ...suffixes, ...(thinking && { thinking }), ...(streaming && { streaming }) }
}
