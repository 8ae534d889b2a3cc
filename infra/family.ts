/** The protocol families: one function each, in `functions/` and `dist/`. */
export const FAMILIES = ['openai', 'anthropic', 'gemini'] as const
export type Family = (typeof FAMILIES)[number]
