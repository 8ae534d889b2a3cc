import { randomUUID } from 'node:crypto'
import type { RotationEvent } from '../../lib/contract/rotation.ts'
import type { Environments } from './environments.ts'

/** Invokes the rotation function, as Secrets Manager does: with a step for an event. Rejects where the function fails. */
export const rotateWith =
  (environments: Environments) =>
  async (step: RotationEvent): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const failed = (): void => reject(new Error(`The rotation function failed at ${step.Step}.`))
    const taken = await environments.invoke({
      id: randomUUID(),
      event: Buffer.from(JSON.stringify(step)),
      answer: {
        respond: (response) => {
          response.resume()
          response.on('end', resolve)
          response.on('error', failed)
        },
        fail: failed,
      },
    })
    if (!taken) failed()
    await promise
  }
