import type { Model } from '../../gemini/models/model.ts'
import { partOfUrl } from '../../gemini/request/media.ts'
import type { Part } from '../../gemini/wire.ts'
import type { ResponsesBody } from './body.ts'
import type { Tool } from './tools.ts'

/** The files that code is to find in its container: Gemini's code reads what the conversation holds. */
export const codeFiles = ({ tools }: ResponsesBody, model: Model): Part[] =>
  (tools ?? []).flatMap((tool, index) =>
    idsIn(tool).map((id, place) => partOfUrl(id, {}, model, `tools[${index}].container.file_ids[${place}]`)),
  )

const idsIn = (tool: Tool): readonly string[] => {
  const container = tool.type === 'code_interpreter' ? tool.container : undefined
  return typeof container === 'object' ? (container?.file_ids ?? []) : []
}
