import { nameOfId } from '../gemini/file-ids.ts'
import type { Model } from '../gemini/models/model.ts'
import { textParts } from '../gemini/request/markdown-media.ts'
import { partOfBase64, partOfUrl } from '../gemini/request/media.ts'
import type { Blob, FileData, Part } from '../gemini/wire.ts'
import type { BlockOf, Material } from './blocks.ts'

/** What a user's message and a tool's result may hold, as Gemini's parts. `param` is the block's path. */
export const materialParts = (block: Material, model: Model, param: string): Part[] => {
  switch (block.type) {
    case 'text':
      return textParts(block.text)
    case 'image':
      return [sourcePart(block.source, model, `${param}.source`)]
    case 'search_result':
      return textParts([block.title, block.source, ...block.content.map(({ text }) => text)].join('\n'))
    case 'document':
      return [...textParts(headOf(block)), ...documentParts(block.source, model, `${param}.source`)]
  }
}

type Source = BlockOf<'image'>['source']
type DocumentSource = BlockOf<'document'>['source']

/** Links and files stay links and files: Google fetches them, we don't. */
const sourcePart = (source: Source, model: Model, param: string): Part => {
  switch (source.type) {
    case 'base64':
      return partOfBase64(source.data, { mimeType: source.media_type ?? undefined }, model, `${param}.data`)
    case 'url':
      return partOfUrl(source.url, {}, model, `${param}.url`)
    case 'file':
      return filePart(source.file_id, model, param)
  }
}

/** `param` is the path of what holds the `file_id`. */
export const filePart = (id: string, model: Model, param: string): Part =>
  partOfUrl(fileName(id), {}, model, `${param}.file_id`)

const fileName = (id: string): string =>
  nameOfId(id) !== undefined || /^(?:files\/|https:)/.test(id) ? id : `files/${id}`

const documentParts = (source: DocumentSource, model: Model, param: string): Part[] => {
  switch (source.type) {
    case 'text':
      return textParts(source.data)
    case 'content':
      return source.content.flatMap((block, index) => materialParts(block, model, `${param}.content[${index}]`))
    case 'base64':
      return [sourcePart({ ...source, media_type: source.media_type ?? PDF }, model, param)]
    case 'url':
      return [partOfUrl(source.url, { otherwise: PDF }, model, `${param}.url`)]
    case 'file':
      return [sourcePart(source, model, param)]
  }
}

/** What Anthropic's documents are unless they say otherwise. */
const PDF = 'application/pdf'

const headOf = ({ title, context }: BlockOf<'document'>): string => [title, context].filter(Boolean).join('\n')

/** A tool's result: its texts as one, and its media. */
export const resultOf = (
  { content }: BlockOf<'tool_result'>,
  model: Model,
  param: string,
): { output: string; media: Blob[]; files: FileData[] } => {
  const parts = (content ?? []).flatMap((block, index): Part[] => {
    if (block.type === 'other') return []
    if (block.type === 'tool_reference') return [{ text: `The tool ${block.tool_name} can be called now.` }]
    return materialParts(block, model, `${param}.content[${index}]`)
  })
  return {
    output: parts.flatMap(({ text }) => text ?? []).join('\n'),
    media: parts.flatMap(({ inlineData }) => inlineData ?? []),
    files: parts.flatMap(({ fileData }) => fileData ?? []),
  }
}

// ---- What Gemini ran by itself in an earlier turn ----

const stringIn = (value: object, field: string): string => {
  const found: unknown = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined
  return typeof found === 'string' ? found : ''
}

const objectIn = (value: object, field: string): object => {
  const found: unknown = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined
  return typeof found === 'object' && found !== null ? found : {}
}

export const codeParts = ({ input }: BlockOf<'server_tool_use'>): Part[] => {
  const code = stringIn(input, 'code')
  return code === '' ? [] : [{ executableCode: { language: 'PYTHON', code } }]
}

export const outputParts = ({ content }: BlockOf<'code_execution_tool_result'>): Part[] => {
  // An error of the tool itself has no return code.
  const failed = content['return_code'] !== 0
  const output = failed ? stringIn(content, 'stderr') || stringIn(content, 'error_code') : stringIn(content, 'stdout')
  return [{ codeExecutionResult: { outcome: failed ? 'OUTCOME_FAILED' : 'OUTCOME_OK', output } }]
}

export const searchParts = ({ content }: BlockOf<'web_search_tool_result'>): Part[] =>
  Array.isArray(content) && content.length > 0
    ? textParts(['Pages found:', ...content.map(({ url, title }) => `${title ?? ''} ${url}`.trim())].join('\n'))
    : []

/** The page and, where another model wrote this turn, what stood on it. */
export const fetchParts = ({ content }: BlockOf<'web_fetch_tool_result'>): Part[] => {
  const url = stringIn(content, 'url')
  if (url === '') return []
  const document = objectIn(content, 'content')
  const source = objectIn(document, 'source')
  const read = stringIn(source, 'type') === 'text' ? stringIn(source, 'data') : ''
  const name = `${stringIn(document, 'title')} ${url}`.trim()
  return textParts([`Page read: ${name}`, read].filter(Boolean).join('\n'))
}
