import type { ThinkingConfig, ThinkingLevel } from '../wire.ts'
import type { Model } from './model.ts'

export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** What a client wants of thinking, in the words of whichever protocol. */
export interface ThinkingWish {
  effort?: Effort | undefined
  /** Tokens; -1 lets the model decide. */
  budget?: number | undefined
  /** The client reads thoughts. */
  show?: boolean | undefined
}

type ActiveEffort = Exclude<Effort, 'none'>

/** Weakest first. */
const LEVELS: readonly ThinkingLevel[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']

// https://ai.google.dev/gemini-api/docs/openai#thinking; a budget up to one of these means that effort
const BUDGETS: Record<ActiveEffort, number> = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: Number.POSITIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
}
const LEVEL_OF: Record<ActiveEffort, ThinkingLevel> = {
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
}

const levelOfBudget = (budget: number): ThinkingLevel =>
  budget <= BUDGETS.minimal ? 'MINIMAL' : budget <= BUDGETS.low ? 'LOW' : budget <= BUDGETS.medium ? 'MEDIUM' : 'HIGH'

/** The level itself where the model has it, else the nearest it has; of two equally near, the stronger. */
const nearestLevel = (level: ThinkingLevel, levels: readonly ThinkingLevel[]): ThinkingLevel | undefined => {
  const distance = (other: ThinkingLevel): number => Math.abs(LEVELS.indexOf(other) - LEVELS.indexOf(level))
  return LEVELS.filter((other) => levels.includes(other))
    .toReversed()
    .sort((a, b) => distance(a) - distance(b))[0]
}

const shown = (show: boolean | undefined): ThinkingConfig => (show === undefined ? {} : { includeThoughts: show })

/** Level or budget, never both, within what the model takes; undefined leaves the model its default. */
export const thinkingOf = (wish: ThinkingWish, model: Model): ThinkingConfig | undefined => {
  const { thinking } = model
  if (thinking.by === 'none') return undefined
  const { effort, budget } = wish
  const off = effort === 'none' || (effort === undefined && budget === 0)
  const dynamic = effort === undefined && budget !== undefined && budget < 0
  const shows = shown(off ? false : wish.show)

  if (thinking.by === 'level') {
    if (off) return { ...shows, thinkingLevel: LEVELS.find((level) => thinking.levels.includes(level)) }
    // A model that thinks by level is asked by effort first, and one that thinks by budget by budget.
    const asked = effort ? LEVEL_OF[effort] : budget === undefined || dynamic ? undefined : levelOfBudget(budget)
    const level = asked && nearestLevel(asked, thinking.levels)
    return level || wish.show !== undefined ? { ...shows, ...(level && { thinkingLevel: level }) } : undefined
  }

  if (off || budget === 0) return { includeThoughts: false, thinkingBudget: thinking.canBeOff ? 0 : thinking.least }
  if (budget !== undefined && budget < 0) return { ...shows, thinkingBudget: -1 }
  const asked = budget ?? (effort ? BUDGETS[effort] : undefined)
  if (asked === undefined) return wish.show === undefined ? undefined : shows
  return { ...shows, thinkingBudget: Math.min(thinking.most, Math.max(thinking.least, Math.round(asked))) }
}
