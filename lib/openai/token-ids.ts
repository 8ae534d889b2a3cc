import cl100k from 'js-tiktoken/ranks/cl100k_base'
import { GatewayError } from '../errors.ts'

/**
 * Each id's bytes, as base64. The package's own decoder is not used: it takes 230 ms and 74 MB to set up, since it can also
 * encode. Its ranks are lines of `! first-id token token …`.
 */
const tokensOf = ({ bpe_ranks, special_tokens }: typeof cl100k): ReadonlyMap<number, Buffer | string> => {
  const tokens = new Map<number, Buffer | string>()
  for (const line of bpe_ranks.split('\n')) {
    const [, first, ...group] = line.split(' ')
    for (const [place, token] of group.entries()) tokens.set(Number(first) + place, token)
  }
  for (const [text, id] of Object.entries(special_tokens)) tokens.set(id, Buffer.from(text))
  return tokens
}

let known: ReadonlyMap<number, Buffer | string> | undefined

/**
 * The text that token ids stand for, in cl100k_base: the encoding of OpenAI's embedding models, which clients fall back to
 * for names they don't know. Throws `invalid_request` for an id that it doesn't have; `param` names the field.
 */
export const textOfTokens = (ids: readonly number[], param: string): string => {
  known ??= tokensOf(cl100k)
  const bytes = ids.map((id) => {
    const token = known?.get(id)
    if (token === undefined) {
      throw new GatewayError('invalid_request', `${param}: ${id} is no token id of cl100k_base`, { param })
    }
    return typeof token === 'string' ? Buffer.from(token, 'base64') : token
  })
  // A client that cuts a text into pieces of so many tokens may cut a character in two.
  return Buffer.concat(bytes).toString()
}
