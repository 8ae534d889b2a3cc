// Plain JavaScript for any Node >= 20: finds Node 24 and starts everything with it.
//   node infra/launch.mjs FILE [ARGUMENT ...]
// FILE is a .ts or .js file, relative to the repository whatever the working directory, or the name of a command in
// node_modules/.bin. Output, exit code and signals are those of what is run.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAJOR = 24
const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The Node that runs Triglot here: the host's own where it is new enough, else the one npm installed. */
export const findNode = () => {
  if (Number(process.versions.node.split('.')[0]) >= MAJOR) return process.execPath
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`)
    const binary = join(dirname(manifest), 'bin', 'node')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

const refuse = (reason) => {
  console.error(
    `Triglot needs Node ${MAJOR}: this is ${process.version} on ${process.platform}-${process.arch}, and ${reason}. Install Node ${MAJOR} and run this again.`,
  )
  process.exit(1)
}

const run = (target, rest) => {
  const node = findNode()
  if (!node) return refuse('npm installed none')
  const command = join(root, 'node_modules', '.bin', target)
  const file = existsSync(command) ? realpathSync(command) : resolve(root, target)
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', file, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].filter(Boolean).join(delimiter) },
  })
  // The child decides when to end. (A terminal's Ctrl-C reaches it twice, by itself and from here.)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // npm runs this in a shell, and a killed npm takes only that shell with it.
  const parent = process.ppid
  const watch = () => process.ppid !== parent && child.kill('SIGTERM')
  if (process.env.npm_lifecycle_event) setInterval(watch, 500).unref()
  child.on('error', (error) => refuse(`the one npm installed doesn't start (${error.message})`))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [target, ...rest] = process.argv.slice(2)
  if (target) run(target, rest)
  else {
    console.error('usage: node infra/launch.mjs FILE [ARGUMENT ...]')
    process.exit(2)
  }
}
