import * as z from 'zod/mini'
import { GatewayError } from '../errors.ts'

type Issue = z.core.$ZodIssue

/** A client's JSON as its schema says; else `invalid_request`, whose param and message name the first field at fault. */
export const parseBody = <Schema extends z.core.$ZodType>(schema: Schema, json: unknown): z.output<Schema> => {
  const result = z.safeParse(schema, json, { error: say })
  if (result.success) return result.data
  const issues: Issue[] = result.error.issues
  const { path, message } = innermost(issues[0], [])
  const param = nameOf(path)
  throw new GatewayError(
    'invalid_request',
    param ? `${param}: ${message}` : `The body ${message}`,
    param ? { param } : {},
  )
}

/** `messages[0].content[1].source` */
const nameOf = (path: readonly PropertyKey[]): string =>
  path
    .map((step, place) => (typeof step === 'number' ? `[${step}]` : `${place > 0 ? '.' : ''}${String(step)}`))
    .join('')

/** Whether a value is of the right type, and too long or too short. */
const isSize = ({ code }: Issue): boolean => code === 'too_big' || code === 'too_small'

/** Of a union, the alternative that fits furthest is the one that was meant: in all but a size, or down to the deepest field. */
const innermost = (
  issue: Issue | undefined,
  above: readonly PropertyKey[],
): { path: PropertyKey[]; message: string } => {
  const path = [...above, ...(issue?.path ?? [])]
  const here = { path, message: issue?.message ?? 'is invalid' }
  if (issue?.code !== 'invalid_union') return here
  const sized = issue.errors.find(([first]) => first && isSize(first))
  if (sized) return innermost(sized[0], path)
  return issue.errors
    .map((issues) => innermost(issues[0], path))
    .reduce((deepest, next) => (next.path.length > deepest.path.length ? next : deepest), here)
}

/** What is wrong with a field, to be read after its name. */
const say = (issue: z.core.$ZodRawIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${ARTICLES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return oneOf(issue.values)
    case 'too_small':
      if (issue.minimum === 1 && issue.origin in UNITS) return 'must not be empty'
      return `must be at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`
    case 'too_big':
      return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    case 'unrecognized_keys':
      return `must not have ${issue.keys.join(', ')}`
    case 'invalid_union':
      if (Array.isArray(issue.options)) return oneOf(issue.options)
      return issue.input === undefined ? 'is required' : 'has none of the shapes it may have'
    case 'custom':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return 'is invalid'
  }
}

const oneOf = (values: readonly unknown[]): string =>
  `must be ${values.map((value) => JSON.stringify(value)).join(' or ')}`

const ARTICLES: Partial<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

const UNITS: Partial<Record<string, string>> = { array: ' items long', string: ' characters long' }
