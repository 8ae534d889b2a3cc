// `npm run bench [-- --quick] [-- --only a,b] [-- --json FILE]`: what the gateway costs, as one table and as JSON.
// Ends with code 1 when a figure is over its limit.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { largeBodies } from './bodies.ts'
import { coldStart } from './cold.ts'
import { counts } from './counts.ts'
import { crowd } from './crowd.ts'
import { inProcess } from './in-process.ts'
import { lasting } from './lasting.ts'
import { hasProc } from './process.ts'
import { firstRequest } from './share.ts'
import { streaming } from './stream.ts'
import { isOver, type Row, table } from './table.ts'
import { type Laboratory, openLaboratory } from './targets.ts'

const MEASURES = {
  counts: async () => counts(),
  core: async (_: Laboratory, quick: boolean) => inProcess(quick),
  cold: coldStart,
  stream: streaming,
  share: firstRequest,
  bodies: largeBodies,
  crowd,
  lasting,
}
type Measure = keyof typeof MEASURES
const isMeasure = (name: string): name is Measure => Object.hasOwn(MEASURES, name)

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string', default: join(import.meta.dirname, '../../dist/bench.json') },
  },
})
const chosen = values.only?.split(',') ?? Object.keys(MEASURES)
const unknown = chosen.filter((name) => !isMeasure(name))
if (unknown.length > 0) {
  console.error(`No such measure: ${unknown.join(', ')}. There are: ${Object.keys(MEASURES).join(', ')}.`)
  process.exit(1)
}

const machine = `Node ${process.versions.node}, ${process.platform}-${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}`
console.log(
  `${machine}${hasProc ? '' : '\nCPU and memory of the functions are read from /proc, which is not here: those figures are left out.'}`,
)

const laboratory = await openLaboratory()
const rows: Row[] = []
try {
  for (const name of chosen.filter(isMeasure)) {
    process.stderr.write(`${name} …\n`)
    rows.push(...(await MEASURES[name](laboratory, values.quick)))
  }
} finally {
  await laboratory.close()
}

console.log(table(rows))
const file = resolve(values.json)
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify({ machine, quick: values.quick, rows }, null, 1)}\n`)
console.log(`\n${file}`)
const over = rows.filter(isOver)
for (const { measure, subject } of over) console.log(`over its limit: ${measure}, ${subject}`)
process.exitCode = over.length > 0 ? 1 : 0
