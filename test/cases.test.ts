// test/cases/<protocol>/<behaviour>/: what a client sends (request.json), and what Gemini gets (gemini.json) or the client
// is told (error.json). UPDATE=1 writes what comes out now.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '../lib/errors.ts'
import { modelOf } from '../lib/gemini/models/model.ts'
import { faultsOf } from './gemini/contract.ts'
import { expectFile, jsonText, namesIn } from './golden.ts'
import { PROTOCOLS, type Spoken } from './protocols.ts'

const CASES = join(import.meta.dirname, 'cases')

/** The file a case ends in, and what should stand there. */
const outcomeOf = ({ protocol }: Spoken, json: unknown): [file: string, outcome: unknown] => {
  try {
    const body = protocol.parse(json)
    return ['gemini.json', protocol.toGemini(body, modelOf(body.model)).request]
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const { status, body } = protocol.error(error, 'r')
    return ['error.json', { status, ...(body as object) }]
  }
}

const cases = Object.entries(PROTOCOLS).flatMap(([name, spoken]) =>
  namesIn(join(CASES, name)).map((behaviour) => [`${name}/${behaviour}`, spoken] as const),
)

describe('cases', () => {
  test.each(cases)('%s', (name, spoken) => {
    const folder = join(CASES, name)
    const text = readFileSync(join(folder, 'request.json'), 'utf8')
    const request: unknown = JSON.parse(text)
    const [file, outcome] = outcomeOf(spoken, request)
    const other = join(folder, file === 'gemini.json' ? 'error.json' : 'gemini.json')
    if (process.env.UPDATE) rmSync(other, { force: true })
    expect(existsSync(other)).toBe(false)
    expectFile(join(folder, file), jsonText(outcome))
    if (file === 'gemini.json') expect(faultsOf('GenerateContentRequest', outcome)).toEqual([])
    // What a client sent is never changed.
    expect(request).toEqual(JSON.parse(text))
  })
})

test('every folder of cases has its protocol', () => {
  expect(namesIn(CASES).filter((name) => !Object.hasOwn(PROTOCOLS, name))).toEqual([])
})
