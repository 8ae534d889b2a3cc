// What a conversation must look like. https://ai.google.dev/gemini-api/docs/text-generation
import { invalid } from '../errors.ts'
import { isObject, type Json, objectOf, objectsOf, stringsOf, textOf } from '../json.ts'
import { PART_DATA } from '../messages/read.ts'
import type { Model } from '../models.ts'
import type { Lines } from './lines.ts'

const ROLES = new Set(['user', 'model', 'function', ''])
// Parts that say something about the part beside them.
const OTHER_DATA = ['audioTranscription', 'speechMetadata']

const NO_DATA = "required oneof field 'data' must have one initialized field"

const hasData = (part: Json): boolean =>
  [...PART_DATA, ...OTHER_DATA].some((field) => part[field] !== undefined && part[field] !== '')

/** Contents, each part of them, and the system instruction. */
export const checkContents = (request: Json, lines: Lines): void => {
  const contents = objectsOf(request.contents)
  if (contents.length === 0) lines.add('contents', 'contents is not specified')
  contents.forEach((content, index) => checkContent(content, `contents[${index}]`, lines))
  if (isObject(request.systemInstruction)) checkSystem(request.systemInstruction, lines)
}

// An empty text is taken here, as recordings show; a part without any data isn't.
const checkSystem = (content: Json, lines: Lines): void =>
  objectsOf(content.parts).forEach((part, index) => {
    const at = `system_instruction.parts[${index}]`
    if (!hasData(part) && part.text === undefined) lines.add(`${at}.data`, NO_DATA)
    if (hasData(part) && part.text === undefined) lines.add(at, 'only text is supported in a system instruction')
  })

/** One content, which stands at `at`. */
export const checkContent = (content: Json, at: string, lines: Lines): void => {
  const role = textOf(content.role)
  if (!ROLES.has(role)) throw invalid('Please use a valid role: user, model.')
  const parts = objectsOf(content.parts)
  if (parts.length === 0) lines.add(`${at}.parts`, 'contents.parts must not be empty.')
  // A streamed reply ends with an empty text part; clients send it back among the others of that turn.
  const echoes = role === 'model' && parts.some(hasData)
  parts.forEach((part, index) => {
    const here = `${at}.parts[${index}]`
    const echo = part.text === '' && (echoes || part.thoughtSignature !== undefined)
    if (!hasData(part) && !echo) lines.add(`${here}.data`, NO_DATA)
    checkMedia(part, here, lines)
  })
}

const checkMedia = (part: Json, at: string, lines: Lines): void => {
  if (isObject(part.inlineData)) {
    if (!part.inlineData.mimeType) lines.add(`${at}.inline_data.mime_type`, 'mime_type must not be empty.')
    if (!part.inlineData.data) lines.add(`${at}.inline_data.data`, 'data must not be empty.')
  }
  if (isObject(part.fileData) && !part.fileData.fileUri)
    lines.add(`${at}.file_data.file_uri`, 'file_uri must not be empty.')
}

const MEDIA = ['inlineData', 'fileData']
const partsOf = (content: Json): Json[] => objectsOf(content.parts)
const has = (content: Json, field: string): boolean => partsOf(content).some((part) => part[field] !== undefined)

/** Whose turn it is: calls and their results follow each other, and the last word is the user's. */
export const checkTurns = (request: Json, model: Model): void => {
  const contents = objectsOf(request.contents)
  const last = contents.at(-1)
  if (last && last.role === 'model')
    throw invalid(
      model.generation >= 3
        ? 'Requests ending with a model turn are not supported.'
        : 'Please ensure that multiturn requests ends with a user role or a function response.',
    )
  contents.forEach((content, index) => checkTurn(content, contents[index - 1], contents[index + 1]))
}

const checkTurn = (content: Json, before: Json | undefined, after: Json | undefined): void => {
  const calls = partsOf(content).filter((part) => part.functionCall !== undefined)
  const results = partsOf(content).filter((part) => part.functionResponse !== undefined)
  if (calls.length > 0) {
    if (results.length > 0 || content.role !== 'model')
      throw invalid(
        'Please ensure that function call turn contains at least one function_call part which can not be mixed with function_response parts.',
      )
    if (!before || before.role === 'model')
      throw invalid(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      )
    if (!after || !has(after, 'functionResponse'))
      throw invalid('Please ensure that function response turn comes immediately after a function call turn.')
  }
  if (results.length === 0) return
  const asked = before ? partsOf(before).filter((part) => part.functionCall !== undefined) : []
  if (asked.length === 0)
    throw invalid('Please ensure that function response turn comes immediately after a function call turn.')
  if (asked.length !== results.length)
    throw invalid(
      'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
    )
  checkIds(asked, results)
}

const checkIds = (asked: readonly Json[], results: readonly Json[]): void => {
  const names = asked.map((part) => textOf(objectOf(part.functionCall).name))
  const ids = new Set(asked.map((part) => objectOf(part.functionCall).id).filter(Boolean))
  for (const part of results) {
    const { id, name } = objectOf(part.functionResponse)
    if (ids.size > 0 && id && !ids.has(id))
      throw invalid(`Function response id ${JSON.stringify(id)} does not match any function call id.`)
    if (!names.includes(textOf(name)))
      throw invalid(`Function response name ${JSON.stringify(name)} does not match any function call name.`)
  }
}

/** The parts of a function's result, and its name. */
export const checkResults = (request: Json, model: Model, lines: Lines): void => {
  objectsOf(request.contents).forEach((content, index) =>
    partsOf(content).forEach((part, at) => {
      const here = `contents[${index}].parts[${at}]`
      if (isObject(part.functionCall) && !part.functionCall.name)
        lines.add(`${here}.function_call.name`, 'Name cannot be empty.')
      const result = part.functionResponse
      if (!isObject(result)) return
      if (!result.name) lines.add(`${here}.function_response.name`, 'Name cannot be empty.')
      if (!isObject(result.response))
        lines.add(`${here}.function_response.response`, 'response must be specified as an object.')
      checkResultMedia(result, here, model, lines)
    }),
  )
}

const checkResultMedia = (result: Json, at: string, model: Model, lines: Lines): void => {
  const parts = objectsOf(result.parts)
  if (parts.length > 0 && model.generation < 3)
    throw invalid(`Multimodal function responses are not supported for models/${model.id}.`)
  parts.forEach((part, index) => {
    if (MEDIA.every((field) => part[field] === undefined))
      lines.add(`${at}.function_response.parts[${index}].data`, NO_DATA)
    const blob = objectOf(part.inlineData)
    if (part.inlineData !== undefined && (!blob.mimeType || !blob.data))
      lines.add(`${at}.function_response.parts[${index}].inline_data`, 'mime_type and data must not be empty.')
  })
}

/** The URI of every file that a request names, by where it stands. */
export const filesOf = (request: Json): string[] =>
  objectsOf(request.contents).flatMap((content) =>
    partsOf(content).flatMap((part) => [
      ...stringsOf([objectOf(part.fileData).fileUri]),
      ...objectsOf(objectOf(part.functionResponse).parts).flatMap((item) =>
        stringsOf([objectOf(item.fileData).fileUri]),
      ),
    ]),
  )
