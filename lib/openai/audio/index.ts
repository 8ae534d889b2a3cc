import { resolveModel } from '../../gemini/naming/aliases.ts'
import { askTurn, openTurn } from '../../gemini/upstream/unary.ts'
import { readJson } from '../../http/body.ts'
import { type Handler, streamDeadline } from '../../http/exchange.ts'
import { readForm } from '../../http/form.ts'
import { callerOf, type Gateway, streamReply } from '../../relay.ts'
import { transcriptOf, transcriptStream } from './reply.ts'
import { isTimed, parse as parseTranscription, type Task, toQuestion as toTranscription } from './request.ts'
import { soundEncoder } from './sound.ts'
import { parse as parseSpeech, speechOf, speechStream, toQuestion as toSpeech } from './speech.ts'

const PING = ': ping\n\n'

/** OpenAI's Audio: speech by Gemini's TTS models, transcripts and translations by any model that hears. */
export const audio = ({ gemini, ...naming }: Pick<Gateway, 'gemini' | 'settings' | 'catalogue'>) => {
  const speech: Handler = async (request) => {
    const body = parseSpeech(readJson(request))
    const { model, switches } = resolveModel(body.model, naming)
    const caller = { ...callerOf(request), protocol: 'audio', asked: body.model }
    const question = { ...toSpeech(body, model), safety: switches.safety }
    const encoder = await soundEncoder(body.format)
    if (body.stream_format === 'sse') {
      const until = { ...caller, deadline: streamDeadline(request, naming.settings) }
      return streamReply(openTurn(gemini, question, until), speechStream(encoder), PING)
    }
    const { contentType, bytes } = speechOf(await askTurn(gemini, question, caller), encoder)
    return { status: 200, headers: { 'content-type': contentType }, body: bytes }
  }

  const transcripts =
    (task: Task): Handler =>
    async (request) => {
      const body = parseTranscription(await readForm(request))
      const { model, switches } = resolveModel(body.model, naming)
      const caller = { ...callerOf(request), protocol: 'audio', asked: body.model }
      const question = { ...toTranscription(body, task, model), safety: switches.safety }
      if (body.stream && !isTimed(body)) {
        const until = { ...caller, deadline: streamDeadline(request, naming.settings) }
        return streamReply(openTurn(gemini, question, until), transcriptStream(), PING)
      }
      const turn = await askTurn(gemini, question, caller)
      const transcript = transcriptOf(turn, body, task)
      return { status: 200, headers: { 'content-type': transcript.contentType }, body: transcript.body }
    }

  return { speech, transcriptions: transcripts('transcribe'), translations: transcripts('translate') }
}
