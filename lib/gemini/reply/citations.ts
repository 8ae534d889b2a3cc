import type { Citation, Page, Source } from '../turn.ts'
import type { GroundingChunk, GroundingMetadata, GroundingSupport, ToolCall, UrlContextMetadata } from '../wire.ts'

/** The pages that an answer rests on, in the order that supports refer to them. */
export const sourcesOf = (grounding: GroundingMetadata): Source[] => (grounding.groundingChunks ?? []).map(sourceOf)

const sourceOf = (chunk: GroundingChunk): Source => {
  const page = chunk.web ?? chunk.retrievedContext ?? chunk.maps ?? {}
  return { uri: page.uri ?? '', title: page.title ?? '' }
}

// https://ai.google.dev/api/generate-content#UrlRetrievalStatus
const FETCHED: Readonly<Record<string, Page['outcome']>> = {
  URL_RETRIEVAL_STATUS_SUCCESS: 'read',
  URL_RETRIEVAL_STATUS_UNSAFE: 'unsafe',
}

/** The pages that were fetched; a failure that names no page is none. */
export const pagesOf = ({ urlMetadata }: UrlContextMetadata): Page[] =>
  (urlMetadata ?? []).flatMap(({ retrievedUrl, urlRetrievalStatus = '' }) =>
    retrievedUrl ? [{ uri: retrievedUrl, outcome: FETCHED[urlRetrievalStatus] ?? 'failed' }] : [],
  )

/** Metadata may come again with every event; a page is told once. */
export const withPages = (known: readonly Page[], more: readonly Page[]): readonly Page[] =>
  more.reduce((pages, page) => (pages.some(({ uri }) => uri === page.uri) ? pages : [...pages, page]), known)

/** What a search that stands among the parts asked for. */
export const queriesOf = ({ args }: ToolCall): string[] =>
  Array.isArray(args?.queries) ? args.queries.filter((query) => typeof query === 'string') : []

/**
 * What of a text block its sources support. Gemini counts UTF-8 bytes of a part; a citation counts UTF-16 code units of
 * the block, what `slice` takes. Where a support quotes its stretch, the quote decides: parts of a stream arrive cut and
 * are joined to one block, so that an offset alone may point beside it.
 */
export const citationsOf = (grounding: GroundingMetadata, text: string): Citation[] => {
  const sources = sourcesOf(grounding)
  const bytes = Buffer.from(text)
  return (grounding.groundingSupports ?? []).flatMap((support) => {
    const stretch = stretchOf(support, text, bytes)
    if (!stretch) return []
    return (support.groundingChunkIndices ?? []).flatMap((index) => {
      const source = sources[index]
      return source ? [{ ...stretch, source }] : []
    })
  })
}

const stretchOf = (
  { segment }: GroundingSupport,
  text: string,
  bytes: Buffer,
): Pick<Citation, 'start' | 'end'> | undefined => {
  if (!segment) return undefined
  const from = segment.startIndex ?? 0
  const to = segment.endIndex ?? from + Buffer.byteLength(segment.text ?? '')
  const start = bytes.toString('utf8', 0, from).length
  const end = start + bytes.toString('utf8', from, to).length
  if (to > from && to <= bytes.length && (!segment.text || text.slice(start, end) === segment.text))
    return { start, end }
  const found = segment.text ? text.indexOf(segment.text) : -1
  return found < 0 || !segment.text ? undefined : { start: found, end: found + segment.text.length }
}
