import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { holdCode } from '../../infra/local/running-code.ts'

let output: string
const file = () => join(output, 'greeting/chunk-OLD.mjs')
const hold = () => holdCode(new Map([['greeting', join(output, 'greeting')]]))
beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), 'triglot-'))
  await mkdir(join(output, 'greeting'))
})
afterAll(() => rm(output, { recursive: true }))

test('what runs keeps its code when the bundle is made anew, and leaves nothing behind', async () => {
  await writeFile(file(), 'export const word = "old"')
  const [first, second] = await Promise.all([hold(), hold()])
  await rm(file())
  expect(await readFile(join(first.folder('greeting'), 'chunk-OLD.mjs'), 'utf8')).toContain('old')
  await first.close()
  expect(await readFile(join(second.folder('greeting'), 'chunk-OLD.mjs'), 'utf8')).toContain('old')
  await second.close()
  expect(await readdir(join(output, '.running'))).toEqual([])
})

test('what a killed run left is cleared by the next', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const left = join(output, '.running', `${pid}-0`)
  await mkdir(left, { recursive: true })
  const held = await hold()
  expect(existsSync(left)).toBe(false)
  await held.close()
})
