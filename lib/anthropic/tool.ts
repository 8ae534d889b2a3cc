import * as z from 'zod/mini'
import { jsonObject } from './json-object.ts'

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview */
export const tool = z.object({
  type: z.nullish(z.string()),
  name: z.nullish(z.string()),
  description: z.nullish(z.string()),
  input_schema: z.nullish(jsonObject),
  defer_loading: z.nullish(z.boolean()),
  display_width_px: z.nullish(z.number()),
  display_height_px: z.nullish(z.number()),
  enable_zoom: z.nullish(z.boolean()),
})

export type Tool = z.output<typeof tool>

/** A tool, and where in the body it is declared. */
export interface DeclaredTool {
  tool: Tool
  param: string
}
