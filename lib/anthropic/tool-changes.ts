import * as z from 'zod/mini'
import { type DeclaredTool, type Tool, tool } from './tool.ts'

const reference = z.object({ type: z.literal('tool_reference'), name: z.string() })
const definition = z.object({ type: z.literal('tool_definition'), definition: tool })

/** Blocks of a system message by which tools come and go within a conversation; the SDK's tool runner and Claude Code send them. */
export const toolAddition = z.object({
  type: z.literal('tool_addition'),
  tool: z.discriminatedUnion('type', [reference, definition]),
})
export const toolRemoval = z.object({ type: z.literal('tool_removal'), tool: reference })

interface SystemBlocks {
  role: string
  content: readonly (z.output<typeof toolAddition> | z.output<typeof toolRemoval> | { type: string; tool?: never })[]
}

/** The tools as they stand after the last message. Gemini has one list of them for the whole conversation. */
export const toolsInEffect = (declared: readonly Tool[], messages: readonly SystemBlocks[]): DeclaredTool[] => {
  const tools = declared.map((tool, index): DeclaredTool => ({ tool, param: `tools[${index}]` }))
  const known = new Map(tools.map((each) => [nameOf(each), each]))
  const offered = new Map(known)

  messages.forEach(({ role, content }, index) => {
    if (role !== 'system') return
    content.forEach(({ type, tool: change }, at) => {
      if (!change) return
      const param = `messages[${index}].content[${at}].tool`
      if (change.type === 'tool_definition') {
        const added = { tool: change.definition, param: `${param}.definition` }
        known.set(nameOf(added), added)
        offered.set(nameOf(added), added)
        return
      }
      const before = known.get(change.name)
      if (type === 'tool_removal') offered.delete(change.name)
      // What is added by its name need not be searched for.
      else if (before) offered.set(change.name, { ...before, tool: { ...before.tool, defer_loading: false } })
    })
  })
  return [...offered.values()]
}

/** One without a name is refused later, by its place. */
const nameOf = ({ tool, param }: DeclaredTool): string => tool.name ?? param
