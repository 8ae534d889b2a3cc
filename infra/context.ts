import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** The context that the CDK command line would hand over: cdk.json's, and above it `-c name=value` of these words. */
export const contextOf = (words: readonly string[]): Record<string, unknown> => {
  const { context = [] } = parseArgs({
    args: [...words],
    options: { context: { type: 'string', short: 'c', multiple: true } },
  }).values
  const text = readFileSync(join(import.meta.dirname, '../cdk.json'), 'utf8')
  const file = JSON.parse(text) as { context: Record<string, unknown> }
  const given = context.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const)
  return { ...file.context, ...Object.fromEntries(given) }
}
