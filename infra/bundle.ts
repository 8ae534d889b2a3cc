import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild'
import { recallBundle, rememberBundle } from './bundle-cache.ts'
import { joinChunks } from './join-chunks.ts'
import { replaceFile } from './replace-file.ts'

const root = resolve(import.meta.dirname, '..')

export interface BundleOptions {
  /** The folder whose subfolders hold one function each, as `index.ts`. */
  functions?: string
  /** Where a folder for each function is written. */
  output?: string
}

export interface Bundles {
  names: readonly string[]
  /** The folder that is a function's whole code: `index.mjs` and its chunks. Throws where there is no such function. */
  folder(name: string): string
  metafile(name: string): Metafile
}

/**
 * Bundles every function into a folder of its own: the one output that is deployed, tested and run locally.
 * Safe to call several times at once, from other processes too: a file is replaced whole, and only if it changed. What was
 * bundled before and has not changed is taken as it lies there.
 */
export const bundle = async (options: BundleOptions = {}): Promise<Bundles> => {
  const functions = options.functions ?? join(root, 'functions')
  const output = options.output ?? join(root, 'dist')
  const names = await namesIn(functions)
  const metafiles = new Map(
    await Promise.all(
      names.map(async (name) => [name, await bundleOne(join(functions, name), join(output, name))] as const),
    ),
  )
  const known = <T>(name: string, value: T | undefined): T => {
    if (value === undefined)
      throw new Error(
        `There is no function "${name}": ${relative(root, join(functions, name, 'index.ts'))} is missing.`,
      )
    return value
  }
  return {
    names,
    folder: (name) => known(name, metafiles.has(name) ? join(output, name) : undefined),
    metafile: (name) => known(name, metafiles.get(name)),
  }
}

const namesIn = async (functions: string): Promise<string[]> => {
  if (!existsSync(functions)) return []
  const entries = await readdir(functions, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(functions, entry.name, 'index.ts')))
    .map((entry) => entry.name)
    .sort()
}

/**
 * An ES module's import of `node:http` or `node:process` reads every export of theirs, lazy ones too, and so loads fetch and
 * WebSocket: 15 ms of each cold start. Taken as a plain object, they give what is asked for.
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(?:node:)?(?:http|https|process)$/ }, ({ path }) => ({
      path: path.replace(/^(?:node:)?/, 'node:'),
      namespace: 'builtin',
    }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/** ESM with splitting, so that what the AWS SDK imports lazily (credential providers and their modules) stays unloaded. */
const bundleOne = async (source: string, folder: string): Promise<Metafile> => {
  const known = await recallBundle(root, folder)
  if (known) return known
  const begun = Date.now()
  const options: BuildOptions = {
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  }
  const split = await build({
    ...options,
    entryPoints: { index: join(source, 'index.ts') },
    splitting: true,
    plugins: [plainBuiltins],
    metafile: true,
    write: false,
  })
  const { outputFiles, metafile } = await joinChunks(split, options)
  await writeFolder(folder, outputFiles)
  await rememberBundle(root, folder, metafile, begun)
  return metafile
}

const writeFolder = async (folder: string, files: readonly OutputFile[]): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await Promise.all(files.map(({ path, contents }) => replaceFile(path, contents)))
  const wanted = new Set(files.map((file) => file.path))
  const found = (await readdir(folder)).map((name) => join(folder, name))
  const stale = found.filter((path) => !wanted.has(path) && !path.endsWith('.writing'))
  await Promise.all(stale.map((path) => rm(path, { recursive: true, force: true })))
}
