import { resourceOf } from '../../gemini/resource-names.ts'
import type { Json } from '../../gemini/wire.ts'

/** A video that Gemini was asked for. Times are milliseconds since 1970. */
export interface VideoJob {
  id: string
  /** Google's name of it: `models/veo-3/operations/abc`. */
  operation: string
  /** As the client asked for it. */
  model: string
  prompt: string
  seconds: number
  size: string
  created: number
  end?: VideoEnd
}

export type VideoEnd = { at: number } & ({ file: string; expires: number } | { code: string; message: string })

/** https://platform.openai.com/docs/api-reference/videos/object */
export interface VideoObject {
  id: string
  object: 'video'
  model: string
  status: 'queued' | 'in_progress' | 'completed' | 'failed'
  progress: number
  /** Seconds since 1970. */
  created_at: number
  completed_at: number | null
  expires_at: number | null
  prompt: string
  size: string
  seconds: string
  remixed_from_video_id: null
  error: { code: string; message: string } | null
}

const DAY = 24 * 3600 * 1000
/** What Google makes lasts two days. */
const LASTS = 2 * DAY

const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

/** Gemini tells no progress but the end. */
export const videoObject = (
  { id, model, prompt, seconds, size, created, end }: VideoJob,
  isNew = false,
): VideoObject => {
  const made = end && 'file' in end ? end : undefined
  const failed = end && 'code' in end ? end : undefined
  return {
    id,
    object: 'video',
    model,
    status: made ? 'completed' : failed ? 'failed' : isNew ? 'queued' : 'in_progress',
    progress: made ? 100 : 0,
    created_at: toSeconds(created),
    completed_at: made ? toSeconds(made.at) : null,
    expires_at: made ? toSeconds(made.expires) : null,
    prompt,
    size,
    seconds: String(seconds),
    remixed_from_video_id: null,
    error: failed ? { code: failed.code, message: failed.message } : null,
  }
}

const objectIn = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})

/** How an operation of Veo's ended; undefined while it runs. https://ai.google.dev/gemini-api/docs/video */
export const endOf = ({ done, response, error }: Json, now: number): VideoEnd | undefined => {
  if (done !== true) return undefined
  const { generatedSamples, raiMediaFilteredReasons } = objectIn(objectIn(response).generateVideoResponse)
  const [sample] = Array.isArray(generatedSamples) ? (generatedSamples as unknown[]) : []
  const { uri } = objectIn(objectIn(sample).video)
  const [, path = ''] = typeof uri === 'string' ? (/\/v1(?:beta)?\/(files\/.+)$/.exec(uri) ?? []) : []
  const file = resourceOf(path)?.name
  if (file !== undefined) return { at: now, file, expires: now + LASTS }
  const reasons = Array.isArray(raiMediaFilteredReasons) ? raiMediaFilteredReasons.filter(isText) : []
  if (reasons.length > 0) return { at: now, code: 'content_policy_violation', message: reasons.join(' ') }
  const { message } = objectIn(error)
  return { at: now, code: 'video_generation_failed', message: isText(message) ? message : 'Gemini made no video.' }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
