// `npm test`: everything that must hold, cheapest first. Stops at the first that fails; Jest's summary comes last.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const bin = (name: string): string => join(import.meta.dirname, '../node_modules', name)
const CHECKS: readonly (readonly [name: string, file: string, ...rest: string[]])[] = [
  ['types', bin('typescript/bin/tsc'), '-p', '.'],
  ['lint', bin('oxlint/bin/oxlint'), '--type-aware', '--quiet'],
  ['format', bin('@biomejs/biome/bin/biome'), 'check', '.'],
  ['tests', join(import.meta.dirname, 'jest/run.mjs'), ...process.argv.slice(2)],
]

for (const [name, file, ...rest] of CHECKS) {
  console.log(`— ${name}`)
  const { status } = spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit' })
  if (status !== 0) {
    console.error(`${name}: failed`)
    process.exit(status ?? 1)
  }
}
