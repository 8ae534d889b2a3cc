import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'

/** Writes a file whole or not at all, and only if it changes: others may be reading it, or writing the same. */
export const replaceFile = async (path: string, contents: Uint8Array): Promise<void> => {
  const present = await readFile(path).catch(() => undefined)
  if (present?.equals(contents)) return
  const draft = `${path}.${randomUUID()}.writing`
  await writeFile(draft, contents)
  await rename(draft, path)
}
