// The generation config, by what the model can. https://ai.google.dev/api/generate-content#v1beta.GenerationConfig
import { invalid } from '../errors.ts'
import { isObject, type Json, objectOf, objectsOf, stringsOf, textOf } from '../json.ts'
import type { Model } from '../models.ts'
import type { Lines } from './lines.ts'
import { checkJsonSchema, checkOpenApi } from './schemas.ts'
import { functionsOf } from './tools.ts'

const MIME_TYPES = ['text/plain', 'application/json', 'application/xml', 'application/yaml', 'text/x.enum']
const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9', '1:4', '4:1', '1:8', '8:1']
const SIZES = ['512', '1K', '2K', '4K']
const MOST_STOPS = 5
const MOST_CANDIDATES = 8

export const checkGeneration = (request: Json, model: Model, lines: Lines): void => {
  const config = objectOf(request.generationConfig)
  checkNumbers(config, model, lines)
  checkCandidates(config, model)
  checkFormat(config, request, model, lines)
  checkModalities(config, model)
  checkThinking(config, model)
  checkMedia(request, config, model, lines)
}

const between = (value: unknown, least: number, most: number): boolean =>
  value === undefined || (typeof value === 'number' && value >= least && value <= most)

const checkNumbers = (config: Json, model: Model, lines: Lines): void => {
  const at = (field: string): string => `generation_config.${field}`
  const most = Number(model.entry.outputTokenLimit)
  const hottest = Number(model.entry.maxTemperature ?? 2)
  if (!between(config.temperature, 0, hottest))
    lines.add(at('temperature'), `temperature must be in the range [0.0, ${hottest}.0].`)
  if (!between(config.topP, 0, 1)) lines.add(at('top_p'), 'top_p must be in the range [0.0, 1.0].')
  if (!between(config.topK, 1, Number.MAX_SAFE_INTEGER)) lines.add(at('top_k'), 'top_k must be positive.')
  if (!between(config.maxOutputTokens, 1, most))
    lines.add(
      at('max_output_tokens'),
      Number(config.maxOutputTokens) < 1
        ? 'max_output_tokens must be positive.'
        : `max_output_tokens must be at most ${most} for models/${model.id}.`,
    )
  const stops = stringsOf(config.stopSequences)
  if (stops.length > MOST_STOPS)
    lines.add(at('stop_sequences'), `the number of stop sequences must not exceed ${MOST_STOPS}.`)
  if (stops.includes('')) lines.add(at('stop_sequences'), 'stop sequences must not be empty.')
  if (!between(config.logprobs, 0, 20)) lines.add(at('logprobs'), 'logprobs must be in the range [0, 20].')
  if (config.logprobs !== undefined && config.responseLogprobs !== true)
    lines.add(at('logprobs'), 'logprobs can only be set when response_logprobs is true.')
  for (const field of ['presencePenalty', 'frequencyPenalty'] as const)
    if (!between(config[field], -2, 1.999_999))
      lines.add(
        at(field === 'presencePenalty' ? 'presence_penalty' : 'frequency_penalty'),
        'must be in the range [-2.0, 2.0).',
      )
}

const checkCandidates = (config: Json, model: Model): void => {
  const count = config.candidateCount ?? 1
  if (!between(count, 1, MOST_CANDIDATES))
    throw invalid(`candidate_count must be in the range [1, ${MOST_CANDIDATES}].`)
  if (Number(count) > 1 && (model.generation >= 3 || model.kind !== 'text' || model.id.startsWith('gemma')))
    throw invalid(`Multiple candidates is not enabled for models/${model.id}`)
  const penalty = Boolean(config.presencePenalty) || Boolean(config.frequencyPenalty)
  if (penalty && (model.generation >= 2.5 || model.kind !== 'text'))
    throw invalid(`Penalty is not enabled for models/${model.id}`)
  if (config.responseLogprobs === true && (model.generation >= 3 || model.kind !== 'text'))
    throw invalid(`Logprobs is not enabled for models/${model.id}`)
}

const checkFormat = (config: Json, request: Json, model: Model, lines: Lines): void => {
  const mime = textOf(config.responseMimeType)
  if (mime !== '' && !MIME_TYPES.includes(mime))
    lines.add(
      'generation_config.response_mime_type',
      'allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.',
    )
  const json = config.responseJsonSchema ?? config._responseJsonSchema
  if (config.responseSchema !== undefined && json !== undefined)
    lines.add('generation_config', 'only one of response_schema and response_json_schema can be set.')
  if ((config.responseSchema !== undefined || json !== undefined) && (mime === '' || mime === 'text/plain'))
    lines.add(
      'generation_config.response_mime_type',
      'a response schema needs a compatible response_mime_type: `application/json` or `text/x.enum`.',
    )
  if (isObject(config.responseSchema)) checkOpenApi(config.responseSchema, 'generation_config.response_schema', lines)
  if (json !== undefined) checkJsonSchema(json, 'generation_config.response_json_schema', lines)
  const asks = mime === 'application/json' || mime === 'text/x.enum'
  if (asks && functionsOf(request).length > 0 && model.generation < 3)
    throw invalid(`Function calling with a response mime type: '${mime}' is unsupported`)
  if (asks && objectsOf(request.tools).length > 0 && model.generation < 3)
    throw invalid(`Tool use with a response mime type: '${mime}' is unsupported`)
  if (asks && model.kind !== 'text') throw invalid(`JSON mode is not enabled for models/${model.id}`)
}

// What each kind of model can answer with; the first is what it gives when nobody says.
const MODALITIES: Partial<Record<Model['kind'], readonly (readonly string[])[]>> = {
  text: [['TEXT']],
  image: [['TEXT', 'IMAGE'], ['IMAGE']],
  speech: [['AUDIO']],
}

const checkModalities = (config: Json, model: Model): void => {
  const can = MODALITIES[model.kind] ?? []
  const asked = stringsOf(config.responseModalities)
  if (asked.length === 0 && model.kind !== 'speech') return
  const named = asked.length === 0 ? ['TEXT'] : asked
  const fits = can.some((set) => set.length === named.length && set.every((modality) => named.includes(modality)))
  if (fits) return
  throw invalid(
    `The requested combination of response modalities (${named.join(', ')}) is not supported by the model. models/${model.id} accepts the following combination of response modalities:\n${can.map((set) => `* ${set.join(', ')}\n`).join('')}`,
  )
}

const checkThinking = (config: Json, model: Model): void => {
  const thinking = config.thinkingConfig
  if (!isObject(thinking)) return
  const { thinkingBudget: budget, thinkingLevel } = thinking
  const level = thinkingLevel === 'THINKING_LEVEL_UNSPECIFIED' ? undefined : thinkingLevel
  if (model.thinking.by === 'none') {
    if (Object.values(thinking).every((value) => value === false)) return
    throw invalid('Thinking is not enabled for this model.')
  }
  if (budget !== undefined && level !== undefined)
    throw invalid('You can only set only one of thinking budget and thinking level.')
  if (level !== undefined) {
    if (model.thinking.by !== 'level') throw invalid('Thinking level is not supported for this model.')
    if (!model.thinking.levels.some((known) => known === level))
      throw invalid(
        `Thinking level ${textOf(level)} is not supported for this model. Please retry with other thinking level.`,
      )
  }
  if (typeof budget === 'number') checkBudget(budget, model)
}

const checkBudget = (budget: number, { thinking }: Model): void => {
  if (budget === -1) return
  const { least, most, canBeOff } = thinking.by === 'budget' ? thinking : { least: 1, most: 32_768, canBeOff: false }
  if (budget === 0 && canBeOff) return
  if (budget === 0) throw invalid('Budget 0 is invalid. This model only works in thinking mode.')
  if (budget < least || budget > most)
    throw invalid(`The thinking budget ${budget} is invalid. Please choose a value between ${least} and ${most}.`)
}

const checkMedia = (request: Json, config: Json, model: Model, lines: Lines): void => {
  const parts = objectsOf(request.contents).flatMap((content) => objectsOf(content.parts))
  if (model.generation < 3 && parts.some((part) => part.mediaResolution !== undefined))
    throw invalid(`Part-level media_resolution is not enabled for models/${model.id}`)
  if (config.speechConfig !== undefined && model.kind !== 'speech')
    throw invalid(`Speech config is not supported for models/${model.id}`)
  const { voiceConfig, multiSpeakerVoiceConfig } = objectOf(config.speechConfig)
  const speakers = objectsOf(objectOf(multiSpeakerVoiceConfig).speakerVoiceConfigs)
  if (voiceConfig !== undefined && multiSpeakerVoiceConfig !== undefined)
    lines.add('generation_config.speech_config', 'only one of voice_config and multi_speaker_voice_config can be set.')
  if (multiSpeakerVoiceConfig !== undefined && speakers.length !== 2)
    lines.add(
      'generation_config.speech_config.multi_speaker_voice_config',
      'the number of enabled voices must equal 2.',
    )
  if (!isObject(config.imageConfig)) return
  if (model.kind !== 'image') throw invalid(`Image config is not supported for models/${model.id}`)
  const { aspectRatio, imageSize } = config.imageConfig
  if (aspectRatio !== undefined && !RATIOS.includes(textOf(aspectRatio)))
    lines.add('generation_config.image_config.aspect_ratio', `aspect_ratio must be one of ${RATIOS.join(', ')}.`)
  if (imageSize === undefined) return
  if (!SIZES.includes(textOf(imageSize)))
    lines.add('generation_config.image_config.image_size', `image_size must be one of ${SIZES.join(', ')}.`)
  else if (model.generation < 3) throw invalid(`Image size is not supported for models/${model.id}`)
}
