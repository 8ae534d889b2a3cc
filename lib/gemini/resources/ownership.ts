import { asGatewayError, GatewayError } from '../../errors.ts'
import type { Owned, Table } from '../../state/table.ts'
import type { Named } from '../resource-names.ts'
import type { GeminiClient } from '../upstream/client.ts'

/**
 * Which project owns what a client named, and that nobody else may use it. An owner never changes while its resource is
 * there, so what was read once is remembered, where the name can't come again.
 */
export interface Owners {
  /** The one project that owns all of these: `not_found` for a name that isn't this client's, `invalid_request` for two projects. */
  projectOf(client: string, names: readonly Named[]): Promise<string>
  /** The project that owns it, if it is this client's. */
  find(client: string, name: string): Promise<string | undefined>
  /** To be awaited before the client hears the name. `end` in milliseconds since 1970; unsaid, it lasts for ever. */
  note(client: string, owned: Owning): Promise<void>
  /** As `note`, for what may have been noted before. */
  noteOnce(client: string, owned: Owning): Promise<void>
  /** All of a client's whose names begin so. */
  list(client: string, prefix: string): Promise<readonly Owned[]>
  /** It was deleted. */
  forget(client: string, name: string): Promise<void>
  /** Google doesn't know it (any more): what is remembered may be wrong. */
  doubt(client: string, names: readonly Named[]): void
  /** True if no other client has this name in this project, so that it may be given to a file that is not there yet. */
  claim(client: string, owned: Owned): Promise<boolean>
}

export type Owning = Owned & { end?: number | undefined }

type OwnerTable = Pick<Table, 'readOwner' | 'writeOwner' | 'listOwned' | 'removeOwner' | 'claimName' | 'freeName'>

const MOST_REMEMBERED = 10_000
/** Google's are far shorter, and the table takes no longer ones. */
const LONGEST_NAME = 300

/** A name that a client chose may be another's tomorrow: that one is asked for each time. Ours and Google's come once. */
const isUnique = (name: string): boolean => !name.startsWith('files/') || /^files\/[a-z0-9]{8}-[a-z0-9]{24}/.test(name)

export const ownersOf = (table: OwnerTable): Owners => {
  const remembered = new Map<string, string>()
  const keyOf = (client: string, name: string): string => `${client} ${name}`
  const remember = (client: string, { name, project }: Owned): void => {
    if (!isUnique(name)) return
    remembered.set(keyOf(client, name), project)
    const [oldest] = remembered.keys()
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  }

  const find = async (client: string, name: string): Promise<string | undefined> => {
    const known = remembered.get(keyOf(client, name))
    if (known !== undefined) return known
    if (name.length > LONGEST_NAME) return undefined
    const project = await table.readOwner(client, name)
    if (project !== undefined) remember(client, { name, project })
    return project
  }
  const mustFind = async (client: string, { name, field, written = name }: Named): Promise<Owned> => {
    const project = await find(client, name)
    if (project !== undefined) return { name, project }
    const message = `${written} does not exist, has expired, or is not yours.`
    throw new GatewayError('not_found', field ? `${field}: ${message}` : message, field ? { param: field } : {})
  }
  const note = async (client: string, { name, project, end }: Owning): Promise<void> => {
    await table.writeOwner(client, { name, project, ...(end !== undefined && { end }) })
    remember(client, { name, project })
  }

  return {
    async projectOf(client, names) {
      const [first, ...others] = await Promise.all(names.map((named) => mustFind(client, named)))
      if (!first) throw new GatewayError('internal', 'A request that names nothing has no owner.')
      const stranger = others.find(({ project }) => project !== first.project)
      if (!stranger) return first.project
      const namedAs = (name: string): Named => names.find((named) => named.name === name) ?? { name }
      const [one, other] = [namedAs(first.name), namedAs(stranger.name)]
      const param = other.field
      throw new GatewayError(
        'invalid_request',
        `${one.written ?? one.name} and ${other.written ?? other.name} belong to different projects at Google, so one request cannot use both. Create one of them again.`,
        param ? { param } : {},
      )
    },
    find,
    note,
    async noteOnce(client, owned) {
      if (remembered.get(keyOf(client, owned.name)) !== owned.project) await note(client, owned)
    },
    list: (client, prefix) => table.listOwned(client, prefix),
    async forget(client, name) {
      const project = await find(client, name)
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
      if (asGatewayError(thrown).kind === 'not_found') owners.doubt(client, names)
      throw thrown
    })
  },
})
