// README's tables of costs: printed from prices and measurements, and the measurements made again.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { startGateway } from '../../infra/local/gateway.ts'
import { geminiCost, MEASURED, optionTable, requestTable } from '../../infra/operator/cost-tables.ts'
import { hasProc, peakOf } from '../bench/process.ts'
import { openLaboratory } from '../bench/targets.ts'
import { readmePart } from '../readme.ts'

test('README says what the script prints', () => {
  expect(readmePart('cost', requestTable())).toBe(requestTable())
  expect(readmePart('options', optionTable())).toBe(optionTable())
})

test('by hand: 512 MB for 10 s, with 2,800 bytes of log and 60,000 bytes to the client, a thousand times', () => {
  const dollars = 1000 * (0.5 * 10 * 0.0000133334 + 0.0000002 + 2800e-9 * 0.5 + 60_000e-9 * 0.09)
  const [, row] = /^\| 512 MB \| (.*) \|$/m.exec(requestTable()) ?? []
  expect(row?.split(' | ')[1]).toBe(`$${dollars.toFixed(3)}`)
  expect(geminiCost('gemini-3.7-flash')).toBe('$3.38')
  expect(readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')).toContain(
    '500 out are $3.38 with `gemini-3.7-flash`',
  )
})

describe('measured again', () => {
  test('bytes: of the log for a request, and to the client for a token', async () => {
    const gateway = await startGateway()
    const text = 'The quick brown fox jumps over the lazy dog and runs into the wide forest. '.repeat(40)
    gateway.simulated.script({ text })
    const reply = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer your-api-key-1' },
      body: JSON.stringify({ model: 'gemini-2.5-flash', input: 'Tell me.', stream: true, store: false }),
    })
    const bytes = Buffer.byteLength(await reply.text())
    const log = () => gateway.logs.filter(({ text: line }) => line.startsWith('{'))
    const until = Date.now() + 5000
    while (log().length < 2 && Date.now() < until) await new Promise((done) => setTimeout(done, 20))
    const logged = log().reduce((sum, line) => sum + line.text.length, 0)
    const tokens = Number(/"gen_ai.usage.output_tokens":(\d+)/.exec(log()[0]?.text ?? '')?.[1])
    await gateway.close()
    expect(log()).toHaveLength(2)
    expect(logged / MEASURED.logBytes).toBeGreaterThan(0.8)
    expect(logged / MEASURED.logBytes).toBeLessThan(1.1)
    expect(bytes / tokens / MEASURED.streamBytes).toBeGreaterThan(0.7)
    expect(bytes / tokens / MEASURED.streamBytes).toBeLessThan(1.2)
  }, 30_000)

  const onLinux = hasProc ? test : test.skip
  onLinux(
    'memory of a function that streams, started as for 128 MB',
    async () => {
      const laboratory = await openLaboratory()
      try {
        const target = laboratory.targets.find(({ name }) => name === 'responses')
        if (!target) throw new Error('nothing streams')
        const sandbox = await laboratory.start(target.folder, { memory: 128, variables: {} })
        for (let i = 0; i < 3; i++) await sandbox.call(target.event())
        const peak = peakOf(sandbox.pid)
        await sandbox.stop()
        expect(peak).toBeLessThan(MEASURED.memoryMb)
        expect(peak).toBeGreaterThan(MEASURED.memoryMb / 2)
      } finally {
        await laboratory.close()
      }
    },
    60_000,
  )
})
