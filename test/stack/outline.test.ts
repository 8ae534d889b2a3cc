// The stack as a reviewer reads it: each resource with what matters of it, in a file that changes when the stack does.
// UPDATE=1 writes it anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { stringify } from 'yaml'
import { OPTIONS, type Resource, synth } from './synth.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

const file = join(import.meta.dirname, 'outline.yaml')

/** A bundle's hash and a deployment's name change with every line of code; the rest says nothing, or is proved elsewhere. */
const SILENT = new Set(['Code', 'DeploymentId', 'Description', 'SETTINGS', 'Version', 'VisibilityConfig'])

/** References as one reads them: `${Keys}`, `${Keys.Arn}`. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const [[name, given] = ['', undefined], ...more] = Object.entries(value)
  if (more.length === 0 && name === 'Ref') return `\${${String(given)}}`
  if (more.length === 0 && name === 'Fn::GetAtt') return `\${${(given as string[]).join('.')}}`
  if (more.length === 0 && name === 'Fn::Join') {
    const [separator, parts] = given as [string, unknown[]]
    return parts.map((part) => String(plain(part))).join(separator)
  }
  const told = Object.entries(value).filter(([key]) => !SILENT.has(key))
  return Object.fromEntries(told.map(([key, inner]) => [key, plain(inner)]))
}

/** What other tests look into. */
const ELSEWHERE = /^AWS::(CloudWatch|SNS|Logs|ApiGateway::(Resource|Method|GatewayResponse|Deployment)$)/

const outlineOf = (resources: readonly (readonly [id: string, resource: Resource])[]) =>
  Object.fromEntries(
    resources
      .filter(([, { Type }]) => !ELSEWHERE.test(Type))
      .map(([id, { Type, Properties, DeletionPolicy }]) => [
        id,
        { Type, ...(DeletionPolicy && { DeletionPolicy }), ...(plain(Properties) as object) },
      ]),
  )

test('the stack is the one that was reviewed', () => {
  const standard = Object.entries(synth().json.Resources)
  const all = Object.entries(synth({ ...OPTIONS['a REST API with everything'], tracing: false }).json.Resources)
  const ids = new Set(standard.map(([id]) => id))
  const outline = {
    'nothing set': outlineOf(standard),
    'what a REST API with everything adds': outlineOf(all.filter(([id]) => !ids.has(id))),
  }
  const text = stringify(outline, { lineWidth: 120 })
  if (process.env.UPDATE) writeFileSync(file, text)
  expect(text).toBe(readFileSync(file, 'utf8'))
  expect(text.split('\n').length).toBeLessThan(450)
})
