import { describe, expect, test } from '@jest/globals'
import { readSettings as read } from '../../infra/local/settings.ts'
import { settingsSchema } from '../../infra/settings.ts'

const deployed = settingsSchema.parse({})
const readSettings = (variables: Record<string, string>) => read(variables, deployed)

describe('what npm start is told', () => {
  test('nothing', () => {
    expect(readSettings({})).toEqual({
      host: '127.0.0.1',
      port: 7860,
      clientKeys: ['your-api-key-1'],
      gemini: undefined,
      shared: true,
      memory: 512,
      verbose: false,
    })
  })

  test('what is deployed holds where no variable says otherwise', () => {
    const chosen = { memory: 256, geminiBaseUrl: 'https://gemini.example' }
    expect(read({ GEMINI_API_KEYS: 'k' }, chosen)).toMatchObject({
      memory: 256,
      gemini: { baseUrl: 'https://gemini.example' },
    })
    expect(read({ MEMORY: '128' }, chosen).memory).toBe(128)
  })

  test('keys, of a project or of one each', () => {
    const { gemini, clientKeys } = readSettings({ API_KEYS: 'one, two', GEMINI_API_KEYS: 'team:a1,b2,team:c3' })
    expect(clientKeys).toEqual(['one', 'two'])
    expect(gemini?.baseUrl).toBe('https://generativelanguage.googleapis.com')
    const [first, second, third] = gemini?.keys ?? []
    expect([first, third]).toEqual([
      { project: 'team', key: 'a1' },
      { project: 'team', key: 'c3' },
    ])
    expect(second?.key).toBe('b2')
    expect(second?.project).not.toBe('team')
  })

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('%s lets nobody in', (HOST) => {
    expect(readSettings({ HOST }).clientKeys).toEqual(['your-api-key-1'])
  })

  test.each(['http://localhost:8080', 'http://[::1]:8080', 'https://gemini.example'])('upstream %s', (url) => {
    expect(readSettings({ GEMINI_API_KEYS: 'k', GEMINI_BASE_URL: `${url}/` }).gemini?.baseUrl).toBe(url)
  })

  test.each([
    [{ PORT: '80x' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ MEMORY: '64' }, 'MEMORY'],
    [{ ENVIRONMENTS: 'many' }, 'ENVIRONMENTS'],
    [{ LOG: 'yes' }, 'LOG'],
    [{ HOST: '0.0.0.0' }, 'API_KEYS'],
    [{ HOST: '::' }, 'API_KEYS'],
    [{ API_KEYS: 'sesame,,x' }, 'API_KEYS: key 2 of 3'],
    [{ API_KEYS: 'sesame,sesame' }, 'API_KEYS: key 2 of 2'],
    [{ API_KEYS: 'ses ame' }, 'API_KEYS: key 1 of 1'],
    [{ GEMINI_API_KEYS: 'a,:sesame' }, 'GEMINI_API_KEYS: key 2 of 2'],
    [{ GEMINI_API_KEYS: 'sesame:' }, 'GEMINI_API_KEYS: key 1 of 1'],
    [{ GEMINI_API_KEYS: 'AIzaSesame:project' }, 'GEMINI_API_KEYS'],
    [{ GEMINI_BASE_URL: 'https://x.example' }, 'GEMINI_API_KEYS'],
    [{ GEMINI_API_KEYS: 'k', GEMINI_BASE_URL: 'x.example' }, 'GEMINI_BASE_URL'],
    [{ GEMINI_API_KEYS: 'k', GEMINI_BASE_URL: 'https://x.example/v1beta' }, 'GEMINI_BASE_URL'],
    [{ GEMINI_API_KEYS: 'k', GEMINI_BASE_URL: 'http://x.example' }, 'GEMINI_BASE_URL'],
  ])('%j is refused in one line that names the variable and no key', (variables, start) => {
    const refusal = (() => {
      try {
        return JSON.stringify(readSettings(variables))
      } catch (error) {
        return (error as Error).message
      }
    })()
    expect(refusal).toContain(start)
    expect(refusal).not.toMatch(/\n|sesame/i)
  })
})
