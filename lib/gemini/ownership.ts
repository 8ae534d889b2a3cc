import { asGatewayError, GatewayError } from '../errors.ts'
import type { Owned, Table } from '../state/table.ts'
import type { GeminiClient } from './client.ts'
import { faultOf } from './errors.ts'
import type { Named } from './resources.ts'

/**
 * Which project owns what a client named, and that nobody else may use it. An owner never changes while its resource is
 * there, so what was read once is remembered.
 */
export interface Owners {
  /** The one project that owns all of these: `not_found` for a name that isn't this client's, `invalid_request` for two projects. */
  projectOf(client: string, names: readonly Named[]): Promise<string>
  /** To be awaited before the client hears the name. `end` in milliseconds since 1970; unsaid, it lasts for ever. */
  note(client: string, owned: Owned & { end?: number | undefined }): Promise<void>
  /** All of a client's whose names begin so. */
  list(client: string, prefix: string): Promise<readonly Owned[]>
  /** It was deleted. */
  forget(client: string, name: string): Promise<void>
  /** Google doesn't know it (any more): what is remembered may be wrong. */
  doubt(client: string, names: readonly Named[]): void
  /** True if no other client has this name in this project, so that it may be given to a file that is not there yet. */
  claim(client: string, owned: Owned): Promise<boolean>
}

type OwnerTable = Pick<Table, 'readOwner' | 'writeOwner' | 'listOwned' | 'removeOwner' | 'claimName' | 'freeName'>

const MOST_REMEMBERED = 10_000

export const ownersOf = (table: OwnerTable): Owners => {
  const remembered = new Map<string, string>()
  const keyOf = (client: string, name: string): string => `${client} ${name}`
  const remember = (client: string, { name, project }: Owned): void => {
    remembered.set(keyOf(client, name), project)
    const [oldest] = remembered.keys()
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  }

  const find = async (client: string, { name, field }: Named): Promise<Owned> => {
    const known = remembered.get(keyOf(client, name))
    if (known !== undefined) return { name, project: known }
    const project = await table.readOwner(client, name)
    if (project === undefined) {
      const message = `${name} does not exist, has expired, or is not yours.`
      throw new GatewayError('not_found', field ? `${field}: ${message}` : message, field ? { param: field } : {})
    }
    remember(client, { name, project })
    return { name, project }
  }

  return {
    async projectOf(client, names) {
      const [first, ...others] = await Promise.all(names.map((named) => find(client, named)))
      if (!first) throw new GatewayError('internal', 'A request that names nothing has no owner.')
      const stranger = others.find(({ project }) => project !== first.project)
      if (!stranger) return first.project
      const param = names.find(({ name }) => name === stranger.name)?.field
      throw new GatewayError(
        'invalid_request',
        `${first.name} and ${stranger.name} belong to different projects at Google, so one request cannot use both. Create one of them again.`,
        param ? { param } : {},
      )
    },
    async note(client, { name, project, end }) {
      if (end === undefined && remembered.get(keyOf(client, name)) === project) return
      await table.writeOwner(client, { name, project, ...(end !== undefined && { end }) })
      remember(client, { name, project })
    },
    list: (client, prefix) => table.listOwned(client, prefix),
    async forget(client, name) {
      const project = remembered.get(keyOf(client, name)) ?? (await table.readOwner(client, name))
      remembered.delete(keyOf(client, name))
      await table.removeOwner(client, name)
      if (project !== undefined) await table.freeName({ name, project })
    },
    doubt(client, names) {
      for (const { name } of names) remembered.delete(keyOf(client, name))
    },
    claim: (client, owned) => table.claimName(client, owned),
  }
}

/** The same client, but a call that names resources goes to the project that owns them, or nowhere. */
export const pinnedClient = (gemini: GeminiClient, owners: Owners): GeminiClient => ({
  open(call, caller, newReader) {
    const { names = [] } = call
    if (names.length === 0) return gemini.open(call, caller, newReader)
    const client = caller.client.name
    const openPinned = async () => {
      const project = await owners.projectOf(client, names)
      return await gemini.open({ ...call, project }, caller, newReader)
    }
    return openPinned().catch((thrown: unknown) => {
      if (faultOf(asGatewayError(thrown)).class === 'affinity') owners.doubt(client, names)
      throw thrown
    })
  },
})
