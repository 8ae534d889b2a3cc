import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv/dist/2020.js'

const folder = join(import.meta.dirname, '../../../shared/contracts/gemini')

/** A file of the collected vendor documents; undefined, with a word on the console, where the collection is not beside the repository. */
export const vendorFile = (path: string): string | undefined => {
  const file = join(folder, path)
  if (existsSync(file)) return readFileSync(file, 'utf8')
  console.warn(`skipped: ${file} is not here`)
  return undefined
}

const bundle = vendorFile('schema/gemini-v1beta.bundle.schema.json')
const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: false })
if (bundle) ajv.addSchema(JSON.parse(bundle), 'gemini')

/** What Google's own schema has to say against a message of the given type; nothing where the schema is absent. */
export const faultsOf = (type: string, message: unknown): unknown[] => {
  if (!bundle) return []
  const validate = ajv.getSchema(`gemini#/$defs/${type}`)
  if (!validate) throw new Error(`The contract has no ${type}`)
  return validate(message) ? [] : (validate.errors ?? [])
}
