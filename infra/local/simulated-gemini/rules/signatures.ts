// Thought signatures: those given out are known again, and asked for where the docs ask for them.
// https://ai.google.dev/gemini-api/docs/thought-signatures
import { createHmac } from 'node:crypto'
import { invalid } from '../errors.ts'
import { isObject, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import type { Model } from '../models.ts'
import { newName, type World } from '../world.ts'

/** What may stand for a signature that was lost. */
export const SKIPS: readonly string[] = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go']

// Real signatures begin with a protobuf tag; ours is the tag, a name, and a seal over it.
const TAG = Buffer.from([0x12, 0x83, 0x02, 0x0a])
const NAME_LENGTH = 96
const seal = (name: string, project: string): Buffer =>
  createHmac('sha256', `simulated gemini ${project}`).update(name).digest()

/** A new signature: base64 of about 130 bytes. */
export const sign = (world: World, project: string): string => {
  const name = newName(world, NAME_LENGTH)
  const scope = world.signatures === 'anywhere' ? '' : project
  return Buffer.concat([TAG, Buffer.from(name), seal(name, scope)]).toString('base64')
}

const normal = (signature: string): string => Buffer.from(signature, 'base64').toString('base64')

/** A signature that a script sends counts as given out. */
export const remember = (world: World, signature: string): void => void world.given.add(normal(signature))

const isOurs = (world: World, project: string, signature: string): boolean => {
  if (SKIPS.includes(signature) || world.given.has(normal(signature))) return true
  const bytes = Buffer.from(signature, 'base64')
  if (bytes.length !== TAG.length + NAME_LENGTH + 32 || !bytes.subarray(0, TAG.length).equals(TAG)) return false
  const name = bytes.subarray(TAG.length, TAG.length + NAME_LENGTH).toString()
  const scope = world.signatures === 'anywhere' ? '' : project
  return bytes.subarray(-32).equals(seal(name, scope))
}

const isSaid = (part: Json): boolean => part.functionResponse === undefined

/** Where the current turn begins: after the last user content that is more than results of functions. */
const currentTurn = (contents: readonly Json[]): number =>
  contents.findLastIndex((content) => content.role !== 'model' && objectsOf(content.parts).some(isSaid)) + 1

export const checkSignatures = (world: World, request: Json, model: Model, project: string): void => {
  if (model.generation < 3 || model.thinking.by === 'none') return
  const contents = objectsOf(request.contents)
  contents.forEach((content, index) =>
    objectsOf(content.parts).forEach((part, at) => {
      if (part.thoughtSignature === undefined || isOurs(world, project, textOf(part.thoughtSignature))) return
      const serverSide = part.toolCall !== undefined || part.toolResponse !== undefined
      throw invalid(
        serverSide ? `contents[${index}].parts[${at}]: Corrupted tool call context.` : 'Corrupted thought signature.',
      )
    }),
  )
  const from = currentTurn(contents)
  contents.forEach((content, index) => {
    if (index < from || content.role !== 'model') return
    const first = objectsOf(content.parts).find((part) => isObject(part.functionCall))
    if (!first || first.thoughtSignature) return
    throw invalid(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${textOf(objectOf(first.functionCall).name)}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    )
  })
}
