// Jest in ESM mode: node infra/launch.mjs test/jest/run.mjs [JEST ARGUMENT ...]
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

// Jest's own default leaves one processor out; of two that halves the speed, and its one process then grows with every file.
const workers = `--maxWorkers=${Math.max(2, availableParallelism() - 1)}`
// A process that has run many files spends its time on collecting garbage: what took 8 s in a new one took 50.
const renewal = '--workerIdleMemoryLimit=512MB'
const jest = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url))
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    workers,
    renewal,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
)
process.exit(status ?? 1)
