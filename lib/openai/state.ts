/** What works with stored state besides new responses, as one piece of code to load: in many pieces it would cost each start their shares. */
export { conversationRoutes } from './conversations/index.ts'
export { compact } from './responses/compact.ts'
export { inputTokens } from './responses/input-tokens.ts'
export { responseRoutes } from './responses/routes.ts'
