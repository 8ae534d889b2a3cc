import type { FinishedBlock } from '../gemini/turn.ts'
import type { Stamp } from '../protocol.ts'
import type { CodeExecutionToolResultBlock, DeltaUsage, ServerToolUseBlock, WebSearchToolResultBlock } from './wire.ts'

/** A block of what Gemini ran by itself: it is written when it is over, never piece by piece. */
export type HostedBlock = Extract<FinishedBlock, { kind: 'code' | 'codeResult' | 'search' }>

/** Searches and code as Anthropic's server tools, told as pairs of use and result. State: how many there were. */
export interface HostedTools {
  contentOf(block: HostedBlock): (ServerToolUseBlock | WebSearchToolResultBlock | CodeExecutionToolResultBlock)[]
  usage(): DeltaUsage['server_tool_use']
}

export const hostedTools = (stamp: Stamp): HostedTools => {
  let uses = 0
  let searches = 0
  const id = (): string => `srvtoolu_${stamp.id}_${uses}`
  const use = (name: ServerToolUseBlock['name'], input: Record<string, unknown>): ServerToolUseBlock => {
    uses += 1
    return { type: 'server_tool_use', id: id(), name, input, caller: { type: 'direct' } }
  }

  return {
    contentOf(block) {
      switch (block.kind) {
        case 'code':
          return [use('code_execution', { code: block.text })]
        case 'codeResult':
          return [codeResult(id(), block)]
        case 'search':
          searches += block.queries.length
          // Gemini doesn't say which of its queries found a page.
          return [use('web_search', { query: block.queries.join(', ') }), searchResult(id(), block)]
      }
    },
    usage: () => (searches > 0 ? { web_search_requests: searches, web_fetch_requests: 0 } : null),
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
