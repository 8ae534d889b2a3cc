import type { ThinkingLevel } from '../wire.ts'

export type Thinking =
  | { by: 'level'; levels: readonly ThinkingLevel[] }
  | { by: 'budget'; least: number; most: number; canBeOff: boolean }
  | { by: 'none' }

/** A model and what it can do. A name nobody knows yet gets the abilities of the newest generation. */
export interface Model {
  /** Gemini's name, without `models/`. */
  id: string
  thinking: Thinking
  /** The model checks that calls of the current turn carry their thought signature. */
  signsCalls: boolean
  /** Which tools the model takes: functions and built-ins, web search alone, or none. */
  tools: 'all' | 'search' | 'none'
  /** JSON mode. */
  json: boolean
  /** JSON mode and function tools may be sent together. */
  jsonWithTools: boolean
  /** Built-in tools and functions may be sent together. */
  toolsMix: boolean
  /** A system instruction; where it is refused the text is sent as the user's. */
  system: boolean
  penalties: boolean
  /** More than one candidate for a request. */
  candidates: boolean
  /** A part may carry its own `mediaResolution`. */
  partResolution: boolean
  /** Tool results may hold media. */
  mediaInResults: boolean
  /** What the model answers with when the client doesn't say. */
  makes: 'text' | 'image' | 'speech' | 'embedding'
  maxOutputTokens: number
  maxTemperature: number
}

type Abilities = Omit<Model, 'id'>

const NEWEST: Abilities = {
  thinking: { by: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] },
  signsCalls: true,
  tools: 'all',
  json: true,
  jsonWithTools: true,
  toolsMix: true,
  system: true,
  penalties: false,
  candidates: false,
  partResolution: true,
  mediaInResults: true,
  makes: 'text',
  maxOutputTokens: 65_536,
  maxTemperature: 2,
}
const ALL_LEVELS: Abilities = {
  ...NEWEST,
  thinking: { by: 'level', levels: ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'] },
}
const FLASH_2_5: Abilities = {
  ...NEWEST,
  thinking: { by: 'budget', least: 1, most: 24_576, canBeOff: true },
  signsCalls: false,
  jsonWithTools: false,
  toolsMix: false,
  candidates: true,
  partResolution: false,
  mediaInResults: false,
}
const PRO_2_5: Abilities = { ...FLASH_2_5, thinking: { by: 'budget', least: 128, most: 32_768, canBeOff: false } }
const LITE_2_5: Abilities = { ...FLASH_2_5, thinking: { by: 'budget', least: 512, most: 24_576, canBeOff: true } }
const BEFORE_2_5: Abilities = { ...FLASH_2_5, thinking: { by: 'none' }, penalties: true, maxOutputTokens: 8_192 }
const GEMMA: Abilities = {
  ...FLASH_2_5,
  thinking: { by: 'level', levels: ['MINIMAL', 'HIGH'] },
  candidates: false,
  maxOutputTokens: 32_768,
}
const SPEECH: Abilities = {
  ...BEFORE_2_5,
  tools: 'none',
  json: false,
  system: false,
  penalties: false,
  candidates: false,
  makes: 'speech',
  maxOutputTokens: 16_384,
}
const IMAGE: Abilities = {
  ...NEWEST,
  thinking: { by: 'level', levels: ['MINIMAL', 'HIGH'] },
  tools: 'search',
  json: false,
  makes: 'image',
  maxTemperature: 1,
}
const IMAGE_WITHOUT_LEVELS: Abilities = { ...IMAGE, thinking: { by: 'none' }, maxOutputTokens: 32_768 }

/**
 * Names before the newest generation; the first that fits counts. Dates, `-preview`, `-001` and the like may follow.
 * https://ai.google.dev/gemini-api/docs/models and …/thinking#levels-budgets
 */
const FAMILIES: readonly (readonly [name: RegExp, abilities: Abilities])[] = [
  [/embedding/, { ...SPEECH, makes: 'embedding', maxOutputTokens: 1 }],
  [/-tts\b/, SPEECH],
  [/^gemini-2\.0\b.*-image\b/, { ...IMAGE_WITHOUT_LEVELS, tools: 'none', system: false, maxOutputTokens: 8_192 }],
  [
    /^gemini-2\.\d\b.*-image\b/,
    { ...IMAGE_WITHOUT_LEVELS, tools: 'none', signsCalls: false, partResolution: false, mediaInResults: false },
  ],
  [/^(gemini-3-pro-image|nano-banana-pro)\b/, IMAGE_WITHOUT_LEVELS],
  [/^(imagen|nano-banana)\b|-image\b/, IMAGE],
  [/^gemma-[1-3]n?\b/, { ...BEFORE_2_5, tools: 'none', json: false, system: false, penalties: false }],
  [/^gemma-/, GEMMA],
  [/^gemini-robotics-er-1\b/, FLASH_2_5],
  [/^gemini-robotics-er-2\b/, ALL_LEVELS],
  [/^gemini-2\.5-computer-use\b/, { ...PRO_2_5, json: false }],
  [/^gemini-2\.5-flash-lite\b/, LITE_2_5],
  [/^gemini-2\.5-flash\b/, FLASH_2_5],
  [/^gemini-2\.5\b/, PRO_2_5],
  [/^(gemini-[12]\.|learnlm-|tunedmodels\/)/, BEFORE_2_5],
  [/^gemini-3-pro\b/, { ...NEWEST, thinking: { by: 'level', levels: ['LOW', 'HIGH'] } }],
  [/^gemini-(3-flash|3\.1-flash-lite|3\.5-flash|3\.6-flash)\b/, ALL_LEVELS],
]

/** What is known of a model by its name alone; suffixes and aliases are resolved before. */
export const modelOf = (id: string): Model => {
  const name = id.replace(/^models\//, '')
  const family = FAMILIES.find(([pattern]) => pattern.test(name.toLowerCase()))
  return { id: name, ...(family?.[1] ?? NEWEST) }
}
