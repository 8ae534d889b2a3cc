// An MCP server on standard input and output, run by the agents: one tool that adds, whose schema says things in ways of its own.
// https://modelcontextprotocol.io/specification/2025-06-18
import { createInterface } from 'node:readline'

interface Message {
  id?: number | string
  method: string
  params?: { protocolVersion?: string; arguments?: { terms: number[] } }
}

const ADD = {
  name: 'add',
  description: 'Adds numbers.',
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      terms: { type: 'array', items: { $ref: '#/$defs/term' }, minItems: 1, uniqueItems: true },
      unit: { anyOf: [{ const: 'm' }, { type: 'null' }], default: null },
    },
    required: ['terms'],
    additionalProperties: false,
    $defs: { term: { type: 'number', exclusiveMinimum: 0 } },
  },
}

const resultOf = ({ method, params }: Message): object => {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'sums', version: '1' },
      }
    case 'tools/list':
      return { tools: [ADD] }
    case 'tools/call': {
      const sum = params?.arguments?.terms.reduce((sum, term) => sum + term, 0)
      return { content: [{ type: 'text', text: `SUM: ${sum}` }] }
    }
    default:
      return {}
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Message
  if (message.id === undefined) continue
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result: resultOf(message) })}\n`)
}
