import { asGatewayError } from '../../errors.ts'
import type { Fault } from '../../keys/faults.ts'
import { faultOf } from '../errors.ts'
import { readRefusal } from './refusal.ts'
import type { Send } from './send.ts'

/** https://ai.google.dev/api/models#method:-models.list: costs nothing, and needs no model. */
const PATH = '/v1beta/models?pageSize=1'
/** Milliseconds. */
const PATIENCE = 5_000

/** Calls Google once with this key. Undefined where that works, else what is wrong. Never fails. */
export const tryKey = async (send: Send, key: string): Promise<Fault | undefined> => {
  try {
    const headers = { 'x-goog-api-key': key }
    const response = await send({ method: 'GET', path: PATH, headers, body: undefined, patience: PATIENCE })
    const status = response.statusCode ?? 0
    if (status < 200 || status > 299) throw await readRefusal(status, response)
    response.resume()
    return undefined
  } catch (thrown) {
    return faultOf(asGatewayError(thrown))
  }
}
