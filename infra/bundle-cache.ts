import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Metafile, version } from 'esbuild'
import { replaceFile } from './replace-file.ts'

/** What was bundled last, beside the folder it was written to. */
interface Remembered {
  /** Of everything that the bundle was made from, and of itself. */
  fingerprint: string
  metafile: Metafile
}

/** What makes a bundle besides its inputs: the files here that call esbuild, and which packages there are. */
const MAKERS = ['infra/bundle.ts', 'infra/join-chunks.ts', 'package-lock.json', 'tsconfig.json']

const fileOf = (folder: string): string => `${folder}.bundle.json`

/** Built-in modules are inputs too, but no files. */
const inputsOf = ({ inputs }: Metafile): string[] => [
  ...Object.keys(inputs).filter((path) => !path.startsWith('builtin:')),
  ...MAKERS,
]

/** Paths, sizes and times, which change with a file (a missing one has none), and what else lies in the bundle's folder. */
const fingerprintOf = async (root: string, folder: string, metafile: Metafile): Promise<string> => {
  const paths = [...inputsOf(metafile), ...Object.keys(metafile.outputs)]
  const states = await Promise.all(paths.map((path) => stat(join(root, path)).catch(() => undefined)))
  const lines = states.map((state, index) => `${paths[index]} ${state?.size} ${state?.mtimeMs}`)
  const found = (await readdir(folder).catch(() => [])).filter((name) => !name.endsWith('.writing')).sort()
  return createHash('sha256')
    .update([version, ...found, ...lines].join('\n'))
    .digest('hex')
}

/** The bundle that lies in a folder, if none of its inputs, nor anything of itself, has changed since. */
export const recallBundle = async (root: string, folder: string): Promise<Metafile | undefined> => {
  const text = await readFile(fileOf(folder), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { fingerprint, metafile } = JSON.parse(text) as Remembered
  return (await fingerprintOf(root, folder, metafile)) === fingerprint ? metafile : undefined
}

/** To be called once a bundle is written. One whose inputs have changed since it was begun (milliseconds) is not remembered. */
export const rememberBundle = async (
  root: string,
  folder: string,
  metafile: Metafile,
  begun: number,
): Promise<void> => {
  const inputs = inputsOf(metafile)
  const states = await Promise.all(inputs.map((path) => stat(join(root, path)).catch(() => undefined)))
  if (states.some((state) => !state || state.mtimeMs >= begun)) return
  const fingerprint = await fingerprintOf(root, folder, metafile)
  await replaceFile(fileOf(folder), Buffer.from(JSON.stringify({ fingerprint, metafile } satisfies Remembered)))
}
