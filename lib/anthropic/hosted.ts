import type { FinishedBlock, Page } from '../gemini/turn.ts'
import type { Stamp } from '../protocol.ts'
import type {
  CodeExecutionToolResultBlock,
  DeltaUsage,
  ServerToolUseBlock,
  WebFetchError,
  WebFetchToolResultBlock,
  WebSearchToolResultBlock,
} from './wire.ts'

/** A block of what Gemini ran by itself: it is written when it is over, never piece by piece. */
export type HostedBlock = Extract<FinishedBlock, { kind: 'code' | 'codeResult' | 'search' | 'fetch' }>

type HostedContent =
  | ServerToolUseBlock
  | WebSearchToolResultBlock
  | WebFetchToolResultBlock
  | CodeExecutionToolResultBlock

/** Searches, pages and code as Anthropic's server tools, told as pairs of use and result. State: how many there were. */
export interface HostedTools {
  contentOf(block: HostedBlock): HostedContent[]
  usage(): DeltaUsage['server_tool_use']
}

export const hostedTools = (stamp: Stamp): HostedTools => {
  let uses = 0
  /** The code whose result is to come. */
  let code = ''
  let searches = 0
  let fetches = 0
  const id = (): string => `srvtoolu_${stamp.id}_${uses}`
  const use = (name: ServerToolUseBlock['name'], input: Record<string, unknown>): ServerToolUseBlock => {
    uses += 1
    return { type: 'server_tool_use', id: id(), name, input, caller: { type: 'direct' } }
  }

  return {
    contentOf(block) {
      switch (block.kind) {
        case 'code': {
          const used = use('code_execution', { code: block.text })
          code = used.id
          return [used]
        }
        case 'codeResult':
          return [codeResult(code, block)]
        case 'search':
          searches += block.queries.length
          // Gemini doesn't say which of its queries found a page.
          return [use('web_search', { query: block.queries.join(', ') }), searchResult(id(), block)]
        case 'fetch':
          fetches += block.pages.length
          return block.pages.flatMap((page) => [use('web_fetch', { url: page.uri }), fetchResult(id(), page, stamp)])
      }
    },
    usage: () => (searches + fetches > 0 ? { web_search_requests: searches, web_fetch_requests: fetches } : null),
  }
}

const codeResult = (
  id: string,
  { ok, text }: Extract<HostedBlock, { kind: 'codeResult' }>,
): CodeExecutionToolResultBlock => ({
  type: 'code_execution_tool_result',
  tool_use_id: id,
  content: {
    type: 'code_execution_result',
    stdout: ok ? text : '',
    stderr: ok ? '' : text,
    return_code: ok ? 0 : 1,
    content: [],
  },
})

const searchResult = (id: string, { sources }: Extract<HostedBlock, { kind: 'search' }>): WebSearchToolResultBlock => ({
  type: 'web_search_tool_result',
  tool_use_id: id,
  content: sources.map(({ uri, title }) => ({
    type: 'web_search_result',
    url: uri,
    title,
    encrypted_content: '',
    page_age: null,
  })),
  caller: { type: 'direct' },
})

const FETCH_ERRORS: Record<Exclude<Page['outcome'], 'read'>, WebFetchError> = {
  unsafe: 'url_not_allowed',
  failed: 'url_not_accessible',
}

const fetchResult = (id: string, { uri, outcome }: Page, { created }: Stamp): WebFetchToolResultBlock => ({
  type: 'web_fetch_tool_result',
  tool_use_id: id,
  content:
    outcome === 'read'
      ? {
          type: 'web_fetch_result',
          url: uri,
          retrieved_at: new Date(created * 1000).toISOString(),
          content: {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: '' },
            title: null,
            citations: { enabled: false },
          },
        }
      : { type: 'web_fetch_tool_result_error', error_code: FETCH_ERRORS[outcome] },
  caller: { type: 'direct' },
})
