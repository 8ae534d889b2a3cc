import type { Table } from '../../lib/state/table.ts'

/** The table's part that knows owners, in memory. `reads` are the names that were asked for. */
export const ownerTable = () => {
  const owners = new Map<string, Map<string, { project: string; end?: number | undefined }>>()
  const claims = new Map<string, string>()
  const reads: string[] = []
  const of = (client: string) => owners.get(client) ?? new Map<string, { project: string; end?: number | undefined }>()
  const table = {
    readOwner: async (client, name) => {
      reads.push(name)
      return of(client).get(name)?.project
    },
    writeOwner: async (client, { name, project, end }) => {
      owners.set(client, of(client).set(name, { project, end }))
    },
    listOwned: async (client, prefix) =>
      [...of(client)].filter(([name]) => name.startsWith(prefix)).map(([name, { project }]) => ({ name, project })),
    removeOwner: async (client, name) => void of(client).delete(name),
    claimName: async (client, { name, project }) => {
      const claim = `${project} ${name}`
      if (!claims.has(claim)) claims.set(claim, client)
      return claims.get(claim) === client
    },
    freeName: async ({ name, project }) => void claims.delete(`${project} ${name}`),
  } satisfies Partial<Table>
  return { ...table, reads, owners }
}
