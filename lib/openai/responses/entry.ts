/** What serves a new response, as one piece of code to load. */
export { responses } from './index.ts'
export { responsesMemory } from './memory.ts'
