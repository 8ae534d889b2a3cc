/**
 * What Gemini's models cost, each price from the day it holds: US dollars for a million tokens.
 * https://ai.google.dev/gemini-api/docs/pricing
 */
interface Rates {
  input: number
  /** Of input that came out of Google's cache. */
  cached: number
  /** Thoughts are output. */
  output: number
  /** Of a prompt of more than 200,000 tokens. */
  long?: Pick<Rates, 'input' | 'cached' | 'output'>
  /** Of sound in the prompt. */
  audio?: number
  /** Of pictures in the answer. */
  picture?: number
  /** For a thing made, where no tokens are counted: a picture, or a video of the usual length. */
  each?: number
  /** Of video, where it is known how long that is. */
  second?: number
}

interface Price extends Rates {
  since: string
}

const LONG_PROMPT = 200_000
/** Of the prompt's price, where a kind of input has no price of its own for that. */
const CACHED_SHARE = 0.1

const one = (since: string, input: number, cached: number, output: number, more: Partial<Rates> = {}): Price => ({
  since,
  input,
  cached,
  output,
  ...more,
})

/** Google gives it away, and doesn't sell it. */
const FREE = [one('2026-04-02', 0, 0, 0)]
const NEW_FLASH = [one('2026-07-01', 0.75, 0.075, 3.75), one('2027-01-01', 1.5, 0.15, 7.5)]
const PRO_3 = [one('2025-11-18', 2, 0.2, 12, { long: { input: 4, cached: 0.4, output: 18 } })]
const PRO_2_5 = [one('2025-06-17', 1.25, 0.125, 10, { long: { input: 2.5, cached: 0.25, output: 15 } })]

/** Model → its prices, earliest first; before the first day the first price holds. */
const PRICES: ReadonlyMap<string, readonly [Price, ...Price[]]> = new Map(
  Object.entries({
    'gemini-3.8-flash': NEW_FLASH,
    'gemini-3.7-flash': NEW_FLASH,
    'gemini-3.6-flash': NEW_FLASH,
    'gemini-3.5-flash': [one('2026-05-01', 1.5, 0.15, 9)],
    'gemini-3.5-flash-lite': [one('2026-07-01', 0.3, 0.03, 2.5)],
    'gemini-3.1-pro': PRO_3,
    'gemini-3.1-pro-preview-customtools': PRO_3,
    'gemini-3-pro': PRO_3,
    'gemini-3.1-flash-lite': [one('2026-03-01', 0.25, 0.025, 1.5, { audio: 0.5 })],
    'gemini-3-flash': [one('2025-12-17', 0.5, 0.05, 3, { audio: 1 })],
    'gemini-2.5-pro': PRO_2_5,
    'gemini-2.5-computer-use': PRO_2_5,
    'gemini-2.5-flash': [one('2025-06-17', 0.3, 0.03, 2.5, { audio: 1 })],
    'gemini-2.5-flash-lite': [one('2025-07-22', 0.1, 0.01, 0.4, { audio: 0.3 })],
    'gemini-2.0-flash': [one('2025-02-05', 0.1, 0.025, 0.4, { audio: 0.7 })],
    'gemini-2.0-flash-lite': [one('2025-02-25', 0.075, 0.075, 0.3)],
    'gemini-3-pro-image': [one('2025-11-20', 2, 0.2, 12, { picture: 120 })],
    'gemini-3.1-flash-image': [one('2026-02-26', 0.5, 0.05, 3, { picture: 60 })],
    'gemini-2.5-flash-image': [one('2025-10-02', 0.3, 0.03, 2.5, { picture: 30 })],
    'gemini-2.5-flash-preview-tts': [one('2025-05-20', 0.5, 0.5, 10)],
    'gemini-2.5-pro-preview-tts': [one('2025-05-20', 1, 1, 20)],
    'gemini-embedding-001': [one('2025-07-14', 0.15, 0.15, 0)],
    'gemini-embedding-2': [one('2026-03-10', 0.2, 0.2, 0, { audio: 6.5 })],
    'gemma-4-26b-a4b-it': FREE,
    'gemma-4-31b-it': FREE,
    'imagen-4.0-generate-001': [one('2025-08-14', 0, 0, 0, { each: 0.04 })],
    'imagen-4.0-ultra-generate-001': [one('2025-08-14', 0, 0, 0, { each: 0.06 })],
    'imagen-4.0-fast-generate-001': [one('2025-08-14', 0, 0, 0, { each: 0.02 })],
    'veo-3.1-generate': [one('2025-10-15', 0, 0, 0, { each: 3.2, second: 0.4 })],
    'veo-3.1-fast-generate': [one('2025-10-15', 0, 0, 0, { each: 1.2, second: 0.15 })],
  } satisfies Record<string, readonly Price[]>) as [string, [Price, ...Price[]]][],
)

/** Whose price an unknown name gets: the first that fits. Each is the dearest of its kind, so that nothing is ever free by oversight. */
const STAND_INS: readonly (readonly [name: RegExp, model: string])[] = [
  [/^imagen/, 'imagen-4.0-ultra-generate-001'],
  [/^veo/, 'veo-3.1-generate'],
  [/embedding/, 'gemini-embedding-2'],
  [/image|banana/, 'gemini-3-pro-image'],
  [/tts/, 'gemini-2.5-pro-preview-tts'],
  [/flash-lite/, 'gemini-3.5-flash-lite'],
  [/flash/, 'gemini-3.5-flash'],
  [/(?:)/, 'gemini-3.1-pro'],
]

/** What may follow a model's name without making it another: `-001`, `-preview`, `-preview-09-2025`, `-latest`. */
const SUFFIX = /^(?:-(?:preview|exp|latest|\d+))*$/

const known = (name: string): string | undefined =>
  PRICES.has(name)
    ? name
    : [...PRICES.keys()].find((model) => name.startsWith(model) && SUFFIX.test(name.slice(model.length)))

interface Counted {
  modality?: string
  tokenCount?: number
}

/** What of Google's usageMetadata has a price. */
export interface PricedUsage {
  promptTokenCount?: number
  toolUsePromptTokenCount?: number
  cachedContentTokenCount?: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  promptTokensDetails?: Counted[]
  cacheTokensDetails?: Counted[]
  candidatesTokensDetails?: Counted[]
  serviceTier?: string
}

/** A call to Gemini that was answered. */
export interface PricedCall {
  /** As asked for, and as Gemini says which model answered; empty if it doesn't. */
  model: string
  modelVersion: string
  usage: PricedUsage
  images?: number
  /** Of sound or video. */
  seconds?: number
  searches?: number
}

export interface Cost {
  microUsd: number
  /** The day from which the price holds. */
  since: string
  /** The model whose price was taken because the model's own is not known. */
  assumed?: string
}

const tokensOf = (details: readonly Counted[] | undefined, modality: string): number =>
  (details ?? []).reduce((sum, one) => sum + (one.modality === modality ? (one.tokenCount ?? 0) : 0), 0)

// https://ai.google.dev/gemini-api/docs/pricing: batch and flex are half the price, priority is dearer
const TIERS: Readonly<Record<string, number>> = { batch: 0.5, flex: 0.5, priority: 1.8 }

/** Dollars for web searches: up to Gemini 2.5 for a prompt that was grounded, later for each query. */
const searchPrice = (model: string, searches: number): number =>
  model.startsWith('gemini-2') ? 0.035 * Math.min(searches, 1) : 0.014 * searches

/** Micro-dollars: tokens times dollars for a million of them. */
const priceOf = ({ usage, images = 0, seconds = 0 }: PricedCall, rates: Rates): number => {
  const { input, cached, output } = (usage.promptTokenCount ?? 0) > LONG_PROMPT ? (rates.long ?? rates) : rates
  const { audio = input, picture = output, each = 0 } = rates

  const allCached = usage.cachedContentTokenCount ?? 0
  const soundCached = tokensOf(usage.cacheTokensDetails, 'AUDIO')
  const sound = tokensOf(usage.promptTokensDetails, 'AUDIO') - soundCached
  const prompt = (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0)
  const soundCachedRate = rates.audio === undefined ? cached : audio * CACHED_SHARE

  const answer = usage.candidatesTokenCount ?? 0
  const details = tokensOf(usage.candidatesTokensDetails, 'IMAGE')
  const pictures = details || (images > 0 ? answer : 0)

  const micro =
    (prompt - allCached - sound) * input +
    sound * audio +
    (allCached - soundCached) * cached +
    soundCached * soundCachedRate +
    (answer - pictures + (usage.thoughtsTokenCount ?? 0)) * output +
    pictures * picture
  const made = rates.second !== undefined && seconds > 0 ? rates.second * seconds : each * Math.max(images, 1)
  return Math.max(0, micro) + made * 1_000_000
}

/** What an answered call costs at Google's list price on its day, in whole millionths of a dollar. `at`: milliseconds since 1970. */
export const costOf = (call: PricedCall, at: number): Cost => {
  const name = known(call.modelVersion) ?? known(call.model)
  const assumed =
    name === undefined ? STAND_INS.find(([pattern]) => pattern.test(call.model || call.modelVersion))?.[1] : undefined
  const model = name ?? assumed ?? ''
  const prices = PRICES.get(model)
  if (!prices) throw new Error(`No price stands in for ${model}`)
  const day = new Date(at).toISOString().slice(0, 10)
  const price = prices.findLast(({ since }) => since <= day) ?? prices[0]
  const tier = TIERS[call.usage.serviceTier?.toLowerCase() ?? ''] ?? 1
  const micro = priceOf(call, price) * tier + searchPrice(model, call.searches ?? 0) * 1_000_000
  return { microUsd: Math.round(micro), since: price.since, ...(assumed !== undefined && { assumed }) }
}
