import { basename } from 'node:path'
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild'

/** A bundle in memory. */
export interface Bundle {
  outputFiles: OutputFile[]
  metafile: Metafile
}

type Output = Metafile['outputs'][string]

const ENTRY = 'index.mjs'
/** What every start loads besides the entry. The top-level await stays in the entry, so what is loaded later never waits for a start. */
const SHARED = 'shared.mjs'

/** A chunk itself, and what stands for it where it is imported from outside of the shared file. */
const CHUNK = 'chunk'
const STAND_IN = 'stand-in'

/**
 * The same bundle in fewer files. Splitting makes a chunk of what the same set of entries share, and each start would read
 * thirty of them one by one. Those that the entry imports become one file; whoever imports from them, now or later, imports
 * from that. `options` are those that the bundle was made with.
 */
export const joinChunks = async ({ outputFiles, metafile }: Bundle, options: BuildOptions): Promise<Bundle> => {
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]))
  const chunks = chunksOf(outputs)
  if (chunks.length < 2) return { outputFiles, metafile }
  const others = [...texts.keys()].filter((name) => !chunks.includes(name))
  /** Names of a chunk are told apart by its place. */
  const pairsOf = (chunk: string): [own: string, shared: string][] =>
    (outputs.get(chunk)?.exports ?? []).map((name) => [name, `c${chunks.indexOf(chunk)}_${name}`])
  const exporting = (pairs: readonly (readonly [string, string])[], from: string): string =>
    `export {${pairs.map(([inner, outer]) => `${inner} as ${outer}`).join(', ')}} from './${from}'\n`
  const shared = (): string => chunks.map((chunk) => exporting(pairsOf(chunk), chunk)).join('')
  const standIn = (chunk: string): string =>
    exporting(
      pairsOf(chunk).map(([own, name]) => [name, own]),
      SHARED,
    )

  const inMemory: Plugin = {
    name: 'in-memory',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
        if (kind === 'entry-point') return { path, namespace: CHUNK }
        const name = basename(path)
        if (kind !== 'import-statement' || !path.startsWith('./') || !chunks.includes(name))
          return { path, external: true }
        return { path: name, namespace: importer === SHARED || chunks.includes(importer) ? CHUNK : STAND_IN }
      })
      onLoad({ filter: /.*/, namespace: CHUNK }, ({ path }) => ({
        contents: path === SHARED ? shared() : (texts.get(path) ?? ''),
      }))
      onLoad({ filter: /.*/, namespace: STAND_IN }, ({ path }) => ({ contents: standIn(path) }))
    },
  }
  const joined = await build({
    ...options,
    entryPoints: Object.fromEntries([SHARED, ...others].map((name) => [name.replace(/\.mjs$/, ''), name])),
    splitting: false,
    plugins: [inMemory],
    metafile: true,
    write: false,
  })
  const inputsOf = (name: string): Output['inputs'] =>
    Object.assign(
      {},
      ...(name === SHARED ? chunks : [name]).map((part) => outputs.get(part)?.inputs),
    ) as Output['inputs']
  return {
    outputFiles: joined.outputFiles,
    metafile: {
      inputs: metafile.inputs,
      outputs: Object.fromEntries(
        Object.entries(joined.metafile.outputs).map(([path, output]) => [
          path,
          { ...output, imports: output.imports.map(local(path)), inputs: inputsOf(basename(path)) },
        ]),
      ),
    },
  }
}

/** Files beside the one that imports them are the bundle's own. */
const local =
  (importer: string) =>
  (imported: Output['imports'][number]): Output['imports'][number] =>
    imported.path.startsWith('./')
      ? { ...imported, path: importer.slice(0, -basename(importer).length) + basename(imported.path), external: false }
      : imported

/** All that the entry imports other than later, but for itself. */
const chunksOf = (outputs: ReadonlyMap<string, Output>): string[] => {
  const found = new Set([ENTRY])
  for (const name of found) {
    for (const { path, kind, external } of outputs.get(name)?.imports ?? []) {
      if (kind === 'import-statement' && !external) found.add(basename(path))
    }
  }
  return [...found].filter((name) => name !== ENTRY)
}
