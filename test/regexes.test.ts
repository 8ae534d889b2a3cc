// Every regular expression of the code takes time in proportion to its text, whatever the text: none can be made to hang.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '..')
const LITERAL = /(?<=[=(,:?|&!\s[])\/((?![*/ ])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/([dgimsuvy]*)/g

const found = ['lib', 'functions'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      readFileSync(join(root, folder, name), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(?:\/\/|\*|\/\*)/.test(line))
        .flatMap((line) =>
          [...line.matchAll(LITERAL)].map(([literal, source = '', flags = '']) => ({ name, literal, source, flags })),
        ),
    ),
)

/** Pieces that a text may be made of to keep it busy: what it looks for, and what it may skip. */
const piecesFor = (source: string): string[] => [
  ...(source.match(/[A-Za-z][A-Za-z ]+/g) ?? []),
  'a',
  'A',
  '0',
  ' ',
  '-',
  '_',
  '.',
  '/',
  ':',
  ';',
  '"',
  "'",
  '\\',
  '=',
  ',',
  '%',
  '+',
  '\n',
  '\r',
  '(',
  '{',
  '[',
  '<',
  '&',
  '@',
  'a.',
  'a ',
  '0.',
  '::',
]
const LENGTH = 40_000
/** What is linear takes a thousandth of this; what is quadratic, minutes. */
const LONGEST = 1_000

test('there are some', () => {
  expect(found.length).toBeGreaterThan(100)
})

test.each(found.map(({ name, literal, source, flags }) => [name, literal, source, flags] as const))(
  '%s: %s',
  (_, __, source, flags) => {
    const regex = new RegExp(source, flags.includes('g') ? flags : `${flags}g`)
    for (const piece of piecesFor(source)) {
      const text = `${piece.repeat(LENGTH / piece.length)}!`
      const begun = performance.now()
      text.replace(regex, '')
      expect([piece, performance.now() - begun < LONGEST]).toEqual([piece, true])
    }
  },
)
