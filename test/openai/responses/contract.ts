import { join } from 'node:path'
import { CONTRACTS, schemasOf } from '../../schemas.ts'
import type { Event } from './grammar.ts'

const openai = schemasOf('openai/openai.bundle.schema.json', 'x-responseStreamEventByType')
const openResponses = schemasOf('openresponses/openresponses.bundle.schema.json', 'x-streamEventByType')

export const CASES = join(CONTRACTS, 'openresponses/compliance-cases.2026-04-24.json')
export const present = Boolean(openai && openResponses)

/** What the vendors' schemas say against a reply; `strict` is Open Responses, which knows only function tools. */
export const faultsOfReply = (reply: unknown, strict: boolean): string[] => [
  ...(openai?.check('Response', reply) ?? []),
  ...(strict ? (openResponses?.check('ResponseResource', reply) ?? []) : []),
]

/** Events that the SDK reads and that are newer than the document. */
export const faultsOfEvent = (event: Event, strict: boolean): string[] => {
  const name = openai?.events[event.type]
  const strictName = strict ? openResponses?.events[event.type] : undefined
  return [
    ...(name ? (openai?.check(name, event) ?? []) : [`no schema for ${event.type}`]),
    ...(strictName ? (openResponses?.check(strictName, event) ?? []) : []),
  ]
}

/** What OpenAI's schema says against any other body; nothing where the schemas aren't at hand. */
export const faultsOf = (name: string, body: unknown): string[] => openai?.check(name, body) ?? []
