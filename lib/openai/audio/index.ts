import { resolveModel } from '../../gemini/aliases.ts'
import { askTurn } from '../../gemini/unary.ts'
import { readJson } from '../../http/body.ts'
import type { Handler } from '../../http/exchange.ts'
import { readForm } from '../../http/form.ts'
import { EVENT_STREAM_HEADERS } from '../../http/sse.ts'
import { callerOf, type Gateway } from '../../relay.ts'
import { transcriptEvents, transcriptOf } from './reply.ts'
import { isTimed, parse as parseTranscription, type Task, toQuestion as toTranscription } from './request.ts'
import { parse as parseSpeech, speechEvents, speechOf, toQuestion as toSpeech } from './speech.ts'

/** OpenAI's Audio: speech by Gemini's TTS models, transcripts and translations by any model that hears. */
export const audio = ({ gemini, ...naming }: Pick<Gateway, 'gemini' | 'settings' | 'catalogue'>) => {
  const speech: Handler = async (request) => {
    const body = parseSpeech(readJson(request))
    const { model, switches } = resolveModel(body.model, naming)
    const caller = { ...callerOf(request), protocol: 'audio', asked: body.model }
    const turn = await askTurn(gemini, { ...toSpeech(body, model), safety: switches.safety }, caller)
    const spoken = speechOf(turn, body)
    return body.stream_format === 'sse'
      ? { status: 200, headers: { ...EVENT_STREAM_HEADERS }, body: speechEvents(spoken, turn) }
      : { status: 200, headers: { 'content-type': spoken.contentType }, body: spoken.bytes }
  }

  const transcripts =
    (task: Task): Handler =>
    async (request) => {
      const body = parseTranscription(await readForm(request))
      const { model, switches } = resolveModel(body.model, naming)
      const caller = { ...callerOf(request), protocol: 'audio', asked: body.model }
      const turn = await askTurn(gemini, { ...toTranscription(body, task, model), safety: switches.safety }, caller)
      if (body.stream && !isTimed(body)) {
        return { status: 200, headers: { ...EVENT_STREAM_HEADERS }, body: transcriptEvents(turn) }
      }
      const transcript = transcriptOf(turn, body, task)
      return { status: 200, headers: { 'content-type': transcript.contentType }, body: transcript.body }
    }

  return { speech, transcriptions: transcripts('transcribe'), translations: transcripts('translate') }
}
