import type { Log } from '../../contract/log.ts'
import type { Json } from '../wire.ts'
import type { Caller, GeminiClient } from './client.ts'
import { askJson } from './unary.ts'

/** A model as Gemini lists it. */
export interface ListedModel {
  /** Without `models/`. */
  id: string
  displayName: string
  /** Tokens; undefined where Gemini doesn't say. */
  inputLimit: number | undefined
  outputLimit: number | undefined
  /** `generateContent`, `embedContent`, `predict` … */
  methods: readonly string[]
}

export interface Catalogue {
  /** Never throws: while Gemini can't be asked, the last list or the built-in one answers. */
  list(caller: Caller): Promise<readonly ListedModel[]>
  /** Whether Gemini has a model of this very name, as far as the last list tells; asks nobody. */
  knows(id: string): boolean
}

interface CatalogueParts {
  gemini: GeminiClient
  clock(): number
  log: Log
}

/** Milliseconds that a list is good for, and until Gemini is asked again after it failed. */
const FRESH = 10 * 60_000
const AGAIN_AFTER = 30_000
/** Claude Code waits 3 s for this list. */
const PATIENCE = 2_000
const PAGE = 1000
const MOST_PAGES = 10

// https://ai.google.dev/gemini-api/docs/models as of 2026-09
const BUILT_IN: readonly ListedModel[] = [
  ['gemini-3.8-flash', 'Gemini 3.8 Flash'],
  ['gemini-3.7-flash', 'Gemini 3.7 Flash'],
  ['gemini-3.6-flash', 'Gemini 3.6 Flash'],
  ['gemini-3.5-flash', 'Gemini 3.5 Flash'],
  ['gemini-3.5-flash-lite', 'Gemini 3.5 Flash Lite'],
  ['gemini-3.1-pro-preview', 'Gemini 3.1 Pro Preview'],
  ['gemini-3.1-flash-lite', 'Gemini 3.1 Flash Lite'],
  ['gemini-2.5-pro', 'Gemini 2.5 Pro'],
  ['gemini-2.5-flash', 'Gemini 2.5 Flash'],
  ['gemini-2.5-flash-lite', 'Gemini 2.5 Flash Lite'],
  ['gemini-3-pro-image', 'Nano Banana Pro'],
  ['gemini-3.1-flash-image', 'Nano Banana 2'],
  ['gemini-2.5-flash-image', 'Nano Banana'],
  ['gemini-3.1-flash-tts-preview', 'Gemini 3.1 Flash TTS Preview'],
  ['gemini-embedding-2', 'Gemini Embedding 2', 'embedContent'],
  ['gemini-embedding-001', 'Gemini Embedding 001', 'embedContent'],
  ['imagen-4.0-generate-001', 'Imagen 4', 'predict'],
].map(([id = '', displayName = '', method = 'generateContent']) => ({
  id,
  displayName,
  inputLimit: undefined,
  outputLimit: undefined,
  methods: [method],
}))

/** Gemini's models, live; kept in memory for some minutes. */
export const catalogueOf = ({ gemini, clock, log }: CatalogueParts): Catalogue => {
  let kept: { models: readonly ListedModel[]; until: number } = { models: BUILT_IN, until: 0 }

  const refresh = async (caller: Caller): Promise<void> => {
    try {
      const models = await allPages(gemini, caller)
      kept = { models: models.length > 0 ? models : kept.models, until: clock() + FRESH }
    } catch (error) {
      kept = { models: kept.models, until: clock() + AGAIN_AFTER }
      const message = 'Gemini gave no list of models; the last known one answers.'
      log({ level: 'warn', message, requestId: caller.requestId, error })
    }
  }

  return {
    async list(caller) {
      if (clock() >= kept.until) {
        const work = refresh(caller)
        caller.after(work)
        await Promise.race([work, patience()])
      }
      return kept.models
    },
    knows: (id) => kept.models.some((model) => model.id === id),
  }
}

const patience = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, PATIENCE).unref()
  })

const allPages = async (gemini: GeminiClient, caller: Caller): Promise<ListedModel[]> => {
  const models: ListedModel[] = []
  let token = ''
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = `pageSize=${PAGE}${token && `&pageToken=${encodeURIComponent(token)}`}`
    const call = { method: 'GET', path: `/v1beta/models?${query}`, model: '' } as const
    const reply = await askJson(gemini, call, caller)
    const listed: unknown = reply.models
    if (Array.isArray(listed)) models.push(...listed.flatMap((entry) => readEntry(entry as Json | null) ?? []))
    if (typeof reply.nextPageToken !== 'string' || reply.nextPageToken === '') break
    token = reply.nextPageToken
  }
  return models
}

const readEntry = (entry: Json | null): ListedModel | undefined => {
  if (typeof entry?.name !== 'string') return undefined
  const id = entry.name.replace(/^models\//, '')
  const methods: unknown = entry.supportedGenerationMethods
  return {
    id,
    displayName: typeof entry.displayName === 'string' ? entry.displayName : id,
    inputLimit: numberIn(entry.inputTokenLimit),
    outputLimit: numberIn(entry.outputTokenLimit),
    methods: Array.isArray(methods) ? methods.filter((method) => typeof method === 'string') : [],
  }
}

const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
