// When the simulated model calls functions, which, and with what.
import { isObject, type Json, objectOf, objectsOf, stringsOf, textOf } from '../json.ts'
import { functionsOf } from '../rules/tools.ts'
import { sampleOf } from './sample.ts'

export interface WantedCall {
  name: string
  args: Json
}

const ASKS = /\b(?:use|call|run|invoke) (?:the|a|your|this) (?:tool|function)|weather|天气|调用(?:工具|函数)|使用工具/i

export const lastContent = (request: Json): Json => objectsOf(request.contents).at(-1) ?? {}

/** The words of the last user content that has any: what the user asks for. */
export const promptOf = (request: Json): string =>
  objectsOf(request.contents)
    .filter((content) => content.role !== 'model')
    .map((content) =>
      objectsOf(content.parts)
        .map((part) => textOf(part.text))
        .filter(Boolean)
        .join('\n'),
    )
    .findLast(Boolean) ?? ''

/** The results of functions that the last content brings. */
export const resultsOf = (request: Json): Json[] =>
  objectsOf(lastContent(request).parts)
    .map((part) => part.functionResponse)
    .filter(isObject)

/** The calls that answer this request: none, one, or several at once. */
export const wantedCalls = (request: Json): WantedCall[] => {
  const config = objectOf(objectOf(request.toolConfig).functionCallingConfig)
  const allowed = stringsOf(config.allowedFunctionNames)
  const functions = functionsOf(request).filter(({ name }) => allowed.length === 0 || allowed.includes(textOf(name)))
  const [first] = functions
  if (!first || config.mode === 'NONE') return []
  const prompt = promptOf(request)
  const call = (declaration: Json): WantedCall => ({
    name: textOf(declaration.name),
    args: objectOf(sampleOf(declaration.parameters ?? declaration.parametersJsonSchema ?? { type: 'object' }, prompt)),
  })
  const answered = resultsOf(request).length > 0
  const named = functions.filter(({ name }) => isNamed(textOf(name), prompt))
  if (config.mode === 'ANY') return (!answered && named.length > 0 ? named : [first]).map(call)
  if (answered) return []
  if (named.length > 0) return named.map(call)
  return ASKS.test(prompt) ? [first].map(call) : []
}

// Short everyday words are no names here: `read` in a sentence doesn't mean the function.
const isNamed = (name: string, prompt: string): boolean =>
  (/[_.:-]|[a-z][A-Z]/.test(name) || name.length > 8) &&
  new RegExp(`(?<![A-Za-z0-9_])${name.replace(/[.:-]/g, '\\$&')}(?![A-Za-z0-9_])`).test(prompt)

/** What a function's result says, in one line. */
export const resultText = (results: readonly Json[]): string =>
  results
    .map(({ name, response }) => {
      const { output, result, error } = objectOf(response)
      const said = output ?? result ?? error ?? response
      return `${textOf(name)}: ${typeof said === 'string' ? said : JSON.stringify(said)}`
    })
    .join('; ')
