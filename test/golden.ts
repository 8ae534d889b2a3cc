import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from '@jest/globals'

/** The text must be what the file holds. With UPDATE=1 the file is written instead, to be reviewed as a diff. */
export const expectFile = (file: string, text: string): void => {
  if (process.env.UPDATE) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  if (!existsSync(file)) throw new Error(`${file} is missing: write it with UPDATE=1, then read it`)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Names in a folder, without an ending; none where there is no folder. */
export const namesIn = (folder: string, ending = ''): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .map((name) => name.slice(0, name.length - ending.length))
        .sort()
    : []
