import crypto from 'node:crypto'
import { expect, jest, test } from '@jest/globals'

const compared: string[] = []
jest.unstable_mockModule('node:crypto', () => ({
  ...crypto,
  timingSafeEqual: (one: Buffer, other: Buffer) => {
    compared.push(one.toString('hex'))
    return crypto.timingSafeEqual(one, other)
  },
}))
const { keySource } = await import('../../lib/keys/source.ts')

const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`)
const digests = keys.map((key) => crypto.createHash('sha256').update(key).digest('hex'))
const secret = {
  geminiKeys: [{ id: 'a', key: 'k', project: 'p' }],
  clientKeys: digests.map((sha256, index) => ({ id: `id-${index}`, sha256 })),
}

test.each([...keys, 'unknown'])('%s is compared with every entry, wherever its own stands', async (key) => {
  const source = keySource({
    client: { send: async () => ({ SecretString: JSON.stringify(secret), VersionId: '1' }) },
    secretId: 'secret',
    clock: () => 0,
    random: () => 0.5,
    log: () => undefined,
  })
  await source.current()
  compared.length = 0
  const client = await source.findClient(key)
  expect(client?.keyId).toBe(key === 'unknown' ? undefined : key.replace('key', 'id'))
  expect(compared).toEqual(digests)
})
