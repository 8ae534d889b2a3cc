import { modelOf } from '../gemini/models/model.ts'
import { meaningOf, type Naming } from '../gemini/naming/aliases.ts'
import type { ListedModel } from '../gemini/upstream/catalogue.ts'

/**
 * A model as Codex knows it: of one that is not in its catalogue it warns its user, thinks the context small, and lets it apply
 * no patches. https://github.com/openai/codex/blob/main/codex-rs/protocol/src/openai_models.rs
 */
export interface CodexModel {
  slug: string
  display_name: string
  description: string
  default_reasoning_level?: string
  supported_reasoning_levels: { effort: string; description: string }[]
  default_reasoning_summary: 'auto'
  supports_reasoning_summaries: boolean
  shell_type: 'shell_command'
  apply_patch_tool_type: 'freeform'
  web_search_tool_type: 'text'
  supports_parallel_tool_calls: true
  support_verbosity: false
  input_modalities: ('text' | 'image')[]
  context_window?: number
  /** How much of a tool's output Codex keeps. */
  truncation_policy: { mode: 'tokens'; limit: number }
  experimental_supported_tools: []
  visibility: 'list'
  supported_in_api: true
  /** The least is what Codex takes when it is told no model. */
  priority: number
  base_instructions: string
}

const TOOL_OUTPUT_TOKENS = 10_000

/** The names for which Codex has tools to offer: Gemini's, and the operator's own. The one it takes by itself comes first. */
export const codexModels = (models: readonly ListedModel[], naming: Naming): { models: CodexModel[] } => {
  const own = Object.keys(naming.settings.modelAliases).filter((alias) => !alias.endsWith('*'))
  const usual = meaningOf(ANY_OF_CODEX, naming).name
  const names = new Set([usual, ...models.map(({ id }) => id), ...own])
  const agents = [...names].flatMap((name) => {
    const model = models.find(({ id }) => id === meaningOf(name, naming).name)
    return model && isAgent(model) ? { name, model } : []
  })
  return { models: agents.map(({ name, model }, priority) => codexModel(name, model, priority)) }
}

/** By whichever of its own names Codex asks, the same model answers, if the operator doesn't tell them apart. */
const ANY_OF_CODEX = 'gpt-6'

const isAgent = ({ id, methods }: ListedModel): boolean => {
  const { makes, tools } = modelOf(id)
  return methods.includes('generateContent') && makes === 'text' && tools === 'all'
}

const codexModel = (name: string, { id, displayName, inputLimit }: ListedModel, priority: number): CodexModel => {
  const efforts = effortsOf(id)
  const usual = efforts.includes('medium') ? 'medium' : efforts.at(-1)
  return {
    slug: name,
    display_name: name === id ? displayName : name,
    description: `${displayName}, by Google.`,
    ...(usual !== undefined && { default_reasoning_level: usual }),
    supported_reasoning_levels: efforts.map((effort) => ({ effort, description: DESCRIPTIONS[effort] })),
    default_reasoning_summary: 'auto',
    supports_reasoning_summaries: efforts.length > 0,
    shell_type: 'shell_command',
    apply_patch_tool_type: 'freeform',
    web_search_tool_type: 'text',
    supports_parallel_tool_calls: true,
    support_verbosity: false,
    input_modalities: ['text', 'image'],
    ...(inputLimit !== undefined && { context_window: inputLimit }),
    truncation_policy: { mode: 'tokens', limit: TOOL_OUTPUT_TOKENS },
    experimental_supported_tools: [],
    visibility: 'list',
    supported_in_api: true,
    priority,
    base_instructions: INSTRUCTIONS,
  }
}

const DESCRIPTIONS = {
  minimal: 'Hardly thinks',
  low: 'Thinks little, answers soon',
  medium: 'For everyday work',
  high: 'Thinks long, for hard problems',
} as const

type Effort = keyof typeof DESCRIPTIONS

const effortsOf = (id: string): Effort[] => {
  const { thinking } = modelOf(id)
  switch (thinking.by) {
    case 'level':
      return thinking.levels.map((level) => level.toLowerCase() as Lowercase<typeof level>)
    case 'budget':
      return ['low', 'medium', 'high']
    case 'none':
      return []
  }
}

/** Codex has instructions of its own only for models that it knows. */
const INSTRUCTIONS = `You are the coding agent of the Codex CLI. You share a folder with the user and work in it until what they asked for is done.

# Work
- Look before you change: read the files that matter. AGENTS.md files hold for the folder they are in and all below; a deeper one counts more than one above it, and what the user says counts more than any.
- Find text and files with \`rg\` and \`rg --files\`, if they are there. Make calls that don't depend on each other at once.
- Edit files with apply_patch. Repair the cause, in the style of the code around it, and change nothing that the task does not need.
- The folder may hold changes that are not yours. Leave them, and do not commit, reset, or change branches unless you are asked to.
- Then check your work: run the tests, the linter, or the build that cover it, and repair what you broke. Say what you could not check.
- When the sandbox refuses a command that the task needs, ask for permission in the way the tool describes.
- If something can be decided without the user, decide it; ask only about what would be costly to get wrong.

# Answers
- Before a group of calls, one sentence on what you are about to do.
- At the end, in a few plain sentences: what changed, where (\`path/file.ts:12\`), and what is left. No whole files, no praise.`
