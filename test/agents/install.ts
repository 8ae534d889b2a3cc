// Where the real agents come from: npm, into a folder of the user's cache, on first use. Nothing of this repository depends on them.
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Package {
  name: string
  version: string
  /** What is run, in `node_modules`: a program, or a script for Node. */
  entry: string
  /** The program itself comes as an optional dependency, one for each platform. */
  native: boolean
}

/** The versions that are tested. */
export const PACKAGES = {
  claudeCode: {
    name: '@anthropic-ai/claude-code',
    version: '2.1.330',
    entry: '@anthropic-ai/claude-code/cli-wrapper.cjs',
    native: true,
  },
  codex: { name: '@openai/codex', version: '0.169.0', entry: '@openai/codex/bin/codex.js', native: true },
  geminiCli: {
    name: '@google/gemini-cli',
    version: '0.61.0',
    entry: '@google/gemini-cli/bundle/gemini.js',
    native: false,
  },
  opencode: {
    name: 'opencode-ai',
    version: '1.18.33',
    entry: `opencode-${process.platform}-${process.arch}/bin/opencode`,
    native: true,
  },
} as const satisfies Record<string, Package>

const cache = (): string => {
  const { XDG_CACHE_HOME } = process.env
  const own = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache')
  return join(XDG_CACHE_HOME || own, 'triglot', 'agents')
}

/** The file to run. Throws npm's own words where the package can't be had. */
export const install = ({ name, version, entry, native }: Package): string => {
  const folder = join(cache(), `${name.replaceAll('/', '-')}-${version}`)
  const file = join(folder, 'node_modules', entry)
  if (existsSync(file)) return file
  console.log(`Installing ${name} ${version} into ${folder}`)
  // Moved to its place when it is whole: an installation that was broken off counts as none.
  const fresh = `${folder}.${randomUUID()}`
  mkdirSync(fresh, { recursive: true })
  try {
    writeFileSync(join(fresh, 'package.json'), '{}')
    npm(
      fresh,
      [
        'install',
        '--loglevel=error',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        ...(native ? [] : ['--omit=optional']),
      ],
      {
        name,
        version,
      },
    )
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return file
}

const npm = (folder: string, args: readonly string[], { name, version }: Pick<Package, 'name' | 'version'>): void => {
  const { npm_execpath } = process.env
  const [command, first] = npm_execpath ? [process.execPath, [npm_execpath]] : ['npm', []]
  const { status, error, stderr } = spawnSync(command, [...first, ...args, `${name}@${version}`], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0) throw new Error(`npm could not install ${name} ${version}: ${error?.message ?? stderr.trim()}`)
}
