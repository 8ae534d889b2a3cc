import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Bundles, bundle } from '../../infra/bundle.ts'
import manifest from '../../package.json' with { type: 'json' }

let output: string
let bundles: Bundles
beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), 'triglot-'))
  bundles = await bundle({ output })
}, 60_000)
afterAll(() => rm(output, { recursive: true }))

test.each(['openai', 'anthropic', 'gemini', 'rotation'])('%s ships what it may, and nothing else', async (name) => {
  const inputs = Object.keys(bundles.metafile(name).inputs)
  const packages = inputs.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? '')
  expect(packages.filter((found) => Object.hasOwn(manifest.devDependencies, found))).toEqual([])
  const own = inputs.filter((path) => !path.includes('node_modules/'))
  expect(own.filter((path) => !/^(?:functions\/|lib\/|builtin:)/.test(path))).toEqual([])
  const files = await readdir(bundles.folder(name))
  expect(files).toContain('index.mjs')
  expect(files.filter((file) => !file.endsWith('.mjs'))).toEqual([])
})

/** What a function loads at its start: its entry, and all that this imports other than later. */
const eager = (name: string): { files: string[]; inputs: string[] } => {
  const { outputs } = bundles.metafile(name)
  const entry = Object.keys(outputs).find((path) => path.endsWith(`${name}/index.mjs`)) ?? ''
  const files = new Set([entry])
  for (const file of files) {
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && !external) files.add(path)
    }
  }
  return { files: [...files], inputs: [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {})) }
}

test.each([
  ['openai', ['js-tiktoken', 'wasm-media-encoders']],
  ['anthropic', []],
  ['gemini', []],
])('%s starts without what it seldom needs', (name, later) => {
  const { files, inputs } = eager(name)
  expect(inputs.length).toBeGreaterThan(50)
  expect(inputs.filter((path) => later.some((one) => path.includes(`node_modules/${one}/`)))).toEqual([])
  const all = Object.keys(bundles.metafile(name).inputs)
  for (const one of later) expect(all.some((path) => path.includes(`node_modules/${one}/`))).toBe(true)
  const bytes = files.reduce((sum, file) => sum + (bundles.metafile(name).outputs[file]?.bytes ?? 0), 0)
  expect(bytes).toBeLessThan(500_000)
})

test.each(['openai', 'anthropic', 'gemini'])(
  '%s reads two files at its start, and every import leads somewhere',
  async (name) => {
    expect(eager(name).files.map((file) => file.split('/').at(-1))).toEqual(['index.mjs', 'shared.mjs'])
    const { outputs } = bundles.metafile(name)
    const imported = Object.values(outputs).flatMap(({ imports }) =>
      imports.filter(({ external }) => !external).map(({ path }) => path.split('/').at(-1)),
    )
    expect(await readdir(bundles.folder(name))).toEqual(expect.arrayContaining(imported))
    expect(imported.length).toBeGreaterThan(10)
  },
)

test('building again touches nothing, and removes what is no longer part of it', async () => {
  const folder = bundles.folder('openai')
  const { mtimeMs } = await stat(join(folder, 'index.mjs'))
  await writeFile(join(folder, 'chunk-OLD.mjs'), '')
  await bundle({ output })
  expect((await stat(join(folder, 'index.mjs'))).mtimeMs).toBe(mtimeMs)
  expect(await readdir(folder)).not.toContain('chunk-OLD.mjs')
}, 60_000)

test('what has changed is bundled anew: its source, or the bundle itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'triglot-'))
  const source = join(folder, 'functions/greeting/index.ts')
  const options = { functions: join(folder, 'functions'), output: join(folder, 'dist') }
  const greet = async (word: string): Promise<void> => {
    await writeFile(source, `console.log('${word}')`)
    const past = new Date(Date.now() - 60_000)
    await utimes(source, past, past)
  }
  const bundled = async (): Promise<string> =>
    readFile(join((await bundle(options)).folder('greeting'), 'index.mjs'), 'utf8')
  await mkdir(join(folder, 'functions/greeting'), { recursive: true })
  await greet('morning')
  expect(await bundled()).toContain('morning')
  await greet('evening, all')
  expect(await bundled()).toContain('evening, all')
  await writeFile(join(options.output, 'greeting/index.mjs'), 'spoilt')
  expect(await bundled()).toContain('evening, all')
  await rm(folder, { recursive: true })
})
