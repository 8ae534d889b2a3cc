/** All that works with stored state, as one piece of code to load: in many pieces it would cost each start their shares. */
export { conversationRoutes } from './conversations/index.ts'
export { compact } from './responses/compact.ts'
export { inputTokens } from './responses/input-tokens.ts'
export { keep } from './responses/keep.ts'
export { recall } from './responses/recall.ts'
export { responseRoutes } from './responses/routes.ts'
