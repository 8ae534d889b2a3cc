import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Gateway } from '../../infra/local/gateway.ts'
import { startFixture } from './fixtures/gateway.ts'

const TIMEOUT_MS = 700

let gateway: Gateway
beforeAll(async () => {
  gateway = await startFixture({ shared: false, concurrency: 3, timeoutMs: TIMEOUT_MS, settings: { a: 1 } })
})
afterAll(() => gateway.close())

const get = async (path: string): Promise<{ status: number; instance: string | null; text: string }> => {
  const response = await fetch(gateway.url + path)
  return { status: response.status, instance: response.headers.get('x-instance'), text: await response.text() }
}

test('requests one after the other share a process, those at once do not', async () => {
  const [first, second] = [await get('/'), await get('/')]
  expect(second.instance).toBe(first.instance)
  const both = await Promise.all([get('/stream?count=2&gap=100'), get('/stream?count=2&gap=100')])
  expect(new Set(both.map(({ instance }) => instance)).size).toBe(2)
})

test('F24 over the limit: 429, and served again after', async () => {
  await gateway.restart()
  const replies = await Promise.all(Array.from({ length: 5 }, () => get('/stream?count=2&gap=250')))
  const count = (wanted: number): number => replies.filter(({ status }) => status === wanted).length
  expect([count(200), count(429)]).toEqual([3, 2])
  expect((await get('/')).status).toBe(200)
})

test('an environment is busy until work after its response is over', async () => {
  await gateway.restart()
  const started = performance.now()
  const first = await get('/later?ms=400')
  expect(performance.now() - started).toBeLessThan(390)
  expect(first.text).toBe('now')
  const second = await get('/')
  expect(second.instance).not.toBe(first.instance)
  expect(gateway.logs.some(({ text }) => text.includes('done later'))).toBe(false)
  await sleep(450)
  expect(gateway.logs.some(({ text }) => text.includes('done later'))).toBe(true)
  const again = await Promise.all([get('/stream?count=2&gap=50'), get('/stream?count=2&gap=50')])
  expect(new Set(again.map(({ instance }) => instance))).toEqual(new Set([first.instance, second.instance]))
})

test('F24 at the deadline the process is killed: 502 without a status, else the reply breaks off', async () => {
  const [silent, midway] = await Promise.allSettled([get('/hang-silently'), get('/hang')])
  expect(silent).toMatchObject({ status: 'fulfilled', value: { status: 502 } })
  expect(midway).toMatchObject({ status: 'rejected' })
  expect(gateway.logs).toContainEqual({
    function: 'openai',
    source: 'platform',
    text: 'Task timed out after 0.70 seconds',
  })
  expect((await get('/')).status).toBe(200)
})

test('F24 a crash costs the one request', async () => {
  await expect(get('/exit-midway')).rejects.toThrow('terminated')
  expect((await get('/')).status).toBe(200)
})

test('a process that outlives a broken response is used again', async () => {
  await gateway.restart()
  const broken = await fetch(`${gateway.url}/destroy-midway`)
  await expect(broken.text()).rejects.toThrow('terminated')
  await sleep(TIMEOUT_MS + 100)
  expect((await get('/')).instance).toBe(broken.headers.get('x-instance'))
})

test('the environment is that of Lambda, and nothing of ours', async () => {
  const variables = JSON.parse((await get('/environment')).text) as Record<string, string>
  expect(variables).toMatchObject({
    AWS_LAMBDA_FUNCTION_NAME: 'openai',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    SECRET_ARN: gateway.secret.arn,
    AWS_ENDPOINT_URL_DYNAMODB: gateway.tableEndpoint,
    GEMINI_BASE_URL: 'http://127.0.0.1:9',
    SETTINGS: '{"a":1}',
  })
  expect(Object.keys(variables)).not.toContain('HOME')
  expect(variables).not.toHaveProperty('AWS_LAMBDA_MAX_CONCURRENCY')
})
