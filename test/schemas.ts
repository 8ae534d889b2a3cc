// The vendors' schemas, which are not part of the repository: tests that use them skip, saying so, where they are absent.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

export const CONTRACTS = join(import.meta.dirname, '../../shared/contracts')

type Bundle = Record<string, unknown> & { $defs: object }

export interface Schemas {
  /** What the schema of that name has against the value. */
  check(name: string, value: unknown): string[]
  /** The schemas of a stream's events, by their type. */
  events: Record<string, string>
}

/** A vendor's schemas, or undefined where they aren't at hand. `eventMap` names the bundle's table of events, `place` where they stand. */
export const schemasOf = (path: string, eventMap?: string, place = '$defs'): Schemas | undefined => {
  const file = join(CONTRACTS, path)
  if (!existsSync(file)) {
    console.warn(`skipped: there is no ../shared/contracts/${path}`)
    return undefined
  }
  const bundle = JSON.parse(readFileSync(file, 'utf8')) as Bundle
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(bundle, 'b')
  return {
    events: eventMap ? (bundle[eventMap] as Record<string, string>) : {},
    check(name, value) {
      const validate = ajv.getSchema(`b#/${place}/${name}`)
      if (!validate) throw new Error(`${path} has no ${name}`)
      return validate(value) ? [] : [`${name}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`]
    },
  }
}
