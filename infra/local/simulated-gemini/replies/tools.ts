// What Google's own tools bring: search results and where they are cited, code and its output, pages that were read.
// https://ai.google.dev/gemini-api/docs/google-search, …/code-execution, …/url-context
import type { Json } from '../json.ts'
import { builtInOf } from '../rules/tools.ts'
import { proseFor } from './text.ts'
import { tokensOf } from './tokens.ts'

export interface Used {
  /** Parts that stand before the text. */
  before: Json[]
  /** The text, where a tool decides it. */
  text?: string
  /** Metadata of the candidate's last chunk. */
  last: Json
  tokens: number
}

export const useTools = (request: Json, prompt: string): Used => {
  const tools = builtInOf(request)
  const code = tools.includes('codeExecution') ? runCode(prompt) : undefined
  const text = proseFor(prompt)
  const urls = tools.includes('urlContext') ? urlsOf(prompt) : []
  const searched = ['googleSearch', 'googleSearchRetrieval', 'googleMaps', 'fileSearch'].some((name) =>
    tools.includes(name),
  )
  const last: Json = {
    ...(searched && { groundingMetadata: ground(text, prompt, tools) }),
    ...(urls.length > 0 && {
      urlContextMetadata: {
        urlMetadata: urls.map((retrievedUrl) => ({
          retrievedUrl,
          urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS',
        })),
      },
    }),
  }
  const tokens = (searched ? 102 : 0) + urls.length * 700 + (code ? 149 : 0)
  return {
    before: code?.parts ?? [],
    text: code ? `${code.said}\n\n${text}` : text,
    last: shift(last, code?.said),
    tokens,
  }
}

// Where text of ours stands before the grounded one, offsets move by its bytes.
const shift = (last: Json, said: string | undefined): Json => {
  if (said === undefined || last.groundingMetadata === undefined) return last
  const bytes = Buffer.byteLength(`${said}\n\n`)
  const metadata = last.groundingMetadata as {
    groundingSupports: { segment: { startIndex?: number; endIndex: number } }[]
  }
  const groundingSupports = metadata.groundingSupports.map(({ segment, ...rest }) => ({
    ...rest,
    segment: { ...segment, startIndex: (segment.startIndex ?? 0) + bytes, endIndex: segment.endIndex + bytes },
  }))
  return { ...last, groundingMetadata: { ...metadata, groundingSupports } }
}

const urlsOf = (prompt: string): string[] => prompt.match(/https?:\/\/[^\s"'<>)，。]+/g) ?? []

const runCode = (prompt: string): { parts: Json[]; said: string } => {
  const [, left = '6', sign = '*', right = '7'] = /(\d{1,9})\s*([+*x×-])\s*(\d{1,9})/.exec(prompt) ?? []
  const operator = sign === 'x' || sign === '×' ? '*' : sign
  const [a, b] = [BigInt(left), BigInt(right)]
  const result = operator === '+' ? a + b : operator === '-' ? a - b : a * b
  const code = `result = ${left} ${operator} ${right}\nprint(f"{result=}")\n`
  return {
    parts: [
      { executableCode: { language: 'PYTHON', code } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: `result=${result}\n` } },
    ],
    said: `${left} ${operator} ${right} = ${result}`,
  }
}

const SITES = ['en.wikipedia.org', 'example.com', 'ai.google.dev'] as const

/** Each sentence is supported by one source, the last by two. Offsets count UTF-8 bytes; a start of 0 is left out. */
const ground = (text: string, prompt: string, tools: readonly string[]): Json => {
  const query = prompt.replace(/\s+/g, ' ').trim().slice(0, 60)
  const sentences = text.match(/[^.!?。!?\n]+[.!?。!?]?/gu) ?? [text]
  let from = 0
  const groundingSupports = sentences.slice(0, 3).map((sentence, index, all) => {
    const at = text.indexOf(sentence, from)
    from = at + sentence.length
    const startIndex = Buffer.byteLength(text.slice(0, at))
    const endIndex = startIndex + Buffer.byteLength(sentence)
    const segment = { ...(startIndex > 0 && { startIndex }), endIndex, text: sentence }
    return { segment, groundingChunkIndices: index === all.length - 1 && index > 0 ? [0, index] : [index] }
  })
  const groundingChunks = SITES.slice(0, Math.max(1, groundingSupports.length)).map((domain, index) => {
    const uri = `https://vertexaisearch.cloud.google.com/grounding-api-redirect/SIMULATED${index}`
    if (tools.includes('fileSearch'))
      return { retrievedContext: { title: `file-${index}.txt`, text: sentences[index] ?? text } }
    if (tools.includes('googleMaps'))
      return {
        maps: { uri: `https://maps.google.com/?cid=${index + 1}`, title: domain, placeId: `places/simulated-${index}` },
      }
    return { web: { uri, title: domain } }
  })
  const web = tools.includes('googleSearch') || tools.includes('googleSearchRetrieval')
  return {
    ...(web && {
      searchEntryPoint: {
        renderedContent: `<div class="container"><a class="chip" href="https://www.google.com/">${tokensOf(query)}</a></div>`,
      },
      webSearchQueries: [query],
    }),
    groundingChunks,
    groundingSupports,
  }
}
