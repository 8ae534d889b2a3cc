// What README tells a stranger to type is typed here, as far as it needs no AWS account.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, type LanguageModel } from 'ai'
import OpenAI from 'openai'
import { command, type LocalRun, startLocalRun } from './processes.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const ADDRESS = 'http://127.0.0.1:7860'

const sectionOf = (title: string): string => {
  const [, rest = ''] = readme.split(`\n## ${title}\n`)
  return rest.split('\n## ')[0] ?? ''
}

interface Block {
  language: string
  code: string
}
const blocksIn = (text: string): Block[] =>
  [...text.matchAll(/^ *```(\w+)\n([^]*?)\n *```$/gm)].map(([, language = '', code = '']) => ({ language, code }))

/** Commands with what they are said to print. */
const commandsIn = (title: string): { code: string; prints: string | undefined }[] =>
  blocksIn(sectionOf(title)).flatMap(({ language, code }, index, all) => {
    const next = all[index + 1]
    return language === 'sh' ? [{ code, prints: next?.language === 'text' ? next.code : undefined }] : []
  })

/** `…` stands for whatever there is. */
const pattern = (prints: string): RegExp =>
  new RegExp(
    `^\\s*${prints
      .split('…')
      .map((part) => part.trim().replace(/[.*+?^$()|[\]{}\\]/g, '\\$&'))
      .join('[^]*?')}[^]*$`,
  )

let run: LocalRun
beforeAll(async () => {
  run = await startLocalRun()
}, 30_000)
afterAll(() => run.stop())

const here = (code: string): string => code.replaceAll(ADDRESS, run.url)

/** `npm run X --` is what package.json has for it; the rest is curl. */
const type = async (code: string): Promise<string> => {
  const [, script = '', words = ''] = /^npm run (\S+) -- (.*)$/.exec(code) ?? []
  if (script !== '') {
    const file = (scripts[script] ?? `no script ${script}`).split(' ').at(-1) ?? ''
    return (await command(file, here(words).split(' '))).stdout
  }
  const calls = here(code).split(/\n(?=curl )/)
  return (await Promise.all(calls.map(curl))).join('\n')
}

/** curl, as far as README uses it: a machine with no more than npm on it may have none. */
const curl = async (call: string): Promise<string> => {
  const words = [...call.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|(\S+)/g)].map((word) => word[1] ?? word[2] ?? '')
  expect(words[0]).toBe('curl')
  const after = (flag: string): string[] => words.filter((_, index) => words[index - 1] === flag)
  const headers = after('-H').map((header) => header.split(/: (.*)/).slice(0, 2) as [string, string])
  const reply = await fetch(words[1] ?? '', { method: 'POST', headers, body: after('-d')[0] ?? '' })
  expect(reply.status).toBe(200)
  return await reply.text()
}

describe('Try it here', () => {
  const [start, ...others] = commandsIn('Try it here')

  test('npm start says what README shows', () => {
    expect(start?.code).toBe('npm ci && npm start')
    expect(run.output()).toMatch(pattern(here(start?.prints ?? 'nothing')))
  })

  test.each(others)('$code', async ({ code, prints = 'nothing' }) => {
    expect(await type(code)).toMatch(pattern(prints))
  })
})

describe('Deploy in ten minutes', () => {
  const [path = ''] = sectionOf('Deploy in ten minutes').split('What the outputs are for')
  const commands = blocksIn(path).filter(({ language }) => language === 'sh')

  test('takes six commands at most, each with what it prints', () => {
    const starts = /^(?:npm|npx|aws|CLIENT_KEY=|TRIGLOT_API_KEY=)/gm
    expect(commands.reduce((sum, { code }) => sum + (code.match(starts)?.length ?? 0), 0)).toBeLessThanOrEqual(6)
    const prints = commandsIn('Deploy in ten minutes').slice(0, commands.length)
    for (const { prints: text } of prints) expect(text).toBeDefined()
  })

  test('stores a key for Gemini and makes one for a client', async () => {
    const steps = commandsIn('Deploy in ten minutes').filter(({ code }) => code.includes(' keys -- '))
    const variables = { PORT: new URL(run.url).port }
    const printed: string[] = []
    for (const { code, prints = 'nothing' } of steps) {
      const [, words = ''] = /keys -- ([^)\n]+)/.exec(code) ?? []
      const input = 'AIzaPastedByTheStranger0001\n'
      const result = await command('infra/operator/keys.ts', [...words.split(' '), '--local'], { input, variables })
      expect(result.stderr + result.stdout).toMatch(pattern(prints))
      printed.push(result.stdout.trim())
    }
    const [list, key] = printed
    expect(list).toMatch(/ +your-google-project +1 +…0001$/m)
    expect(key).toMatch(/^tg-[\w-]{32}$/)
  })
})

test('every script that README names is there', () => {
  const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '')
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
})

describe('Point a client at it', () => {
  const blocks = blocksIn(sectionOf('Point a client at it'))
  const model = 'gemini-2.5-flash'
  const messages = [{ role: 'user' as const, content: 'Hello!' }]
  const SDKS = { OpenAI, Anthropic, GoogleGenAI, ChatOpenAI, createOpenAI, createAnthropic }

  /** How each kind of thing that a snippet makes is asked. */
  const ask = async (made: unknown): Promise<string> => {
    if (made instanceof OpenAI)
      return (await made.chat.completions.create({ model, messages })).choices[0]?.message.content ?? ''
    if (made instanceof Anthropic)
      return JSON.stringify((await made.messages.create({ model, max_tokens: 500, messages })).content)
    if (made instanceof GoogleGenAI)
      return (await made.models.generateContent({ model, contents: 'Hello!' })).text ?? ''
    if (made instanceof ChatOpenAI) return JSON.stringify((await made.invoke('Hello!')).content)
    return (await generateText({ model: made as LanguageModel, prompt: 'Hello!' })).text
  }

  const snippets = blocks.filter(({ language }) => language === 'ts').map(({ code }) => code)
  test.each(snippets)('%s', async (code) => {
    const [, name = ''] = [...code.matchAll(/const (\w+) =/g)].at(-1) ?? []
    const make = runInThisContext(`(${Object.keys(SDKS).join(', ')}) => {\n${here(code)}\nreturn ${name}\n}`) as (
      ...sdks: unknown[]
    ) => unknown
    expect(await ask(make(...Object.values(SDKS)))).toContain('Hello! I am doing well')
  })

  test('curl asks the other two families', async () => {
    const [code = ''] = blocks
      .filter((block) => block.language === 'sh' && block.code.startsWith('curl'))
      .map((block) => block.code)
    const printed = await type(code)
    expect(printed).toContain('"type":"message"')
    expect(printed).toContain('"candidates"')
  })

  test('names the same address and key everywhere', () => {
    for (const { code } of blocks) {
      for (const [url] of code.matchAll(/https?:\/\/[^\s'"/]+/g)) expect(url).toBe(ADDRESS)
      for (const [, key] of code.matchAll(/api_?key\w*[:=] *["']([^"']+)/gi)) expect(key).toBe('your-api-key-1')
    }
  })
})
