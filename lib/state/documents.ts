import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { GatewayError } from '../errors.ts'
import { type Item, type Key, type Store, toKey } from './store.ts'

/** Texts too large for one item of the table, with small fields that are read without them. */
export interface Document extends Key {
  fields?: Readonly<Record<string, string>>
  texts: readonly string[]
  /** Seconds since 1970; none for one that stays. */
  ttl?: number
}

export interface StoredDocument extends Key {
  fields: Readonly<Record<string, string>>
  /** Names what was read, so that a change can tell whether it is still there. */
  version: string
  /** The bytes of its texts. */
  sizes: readonly number[]
  /** One of its texts. */
  read(index: number): Promise<string>
}

/** Documents are seen whole or not at all: their parts are written before the head that names them. */
export interface Documents {
  /** False, and nothing written, for one that is too large. */
  write(document: Document): Promise<boolean>
  /** False, and nothing changed, if it is no longer the one that was read. */
  replace(read: StoredDocument, texts: readonly string[]): Promise<boolean>
  /** All of a partition whose `sk` begins so, in its order. `too_large` for more than one request may read. */
  list(pk: string, prefix?: string): Promise<StoredDocument[]>
  /** Throws `too_large` if the texts at one index are more than one request may read. */
  check(documents: readonly StoredDocument[], index: number): void
  /** The texts at one index; nothing is unpacked if they are too large. */
  readAll(documents: readonly StoredDocument[], index: number): Promise<string[]>
  /** The document and its parts; false if there was none. */
  remove(key: Key): Promise<boolean>
}

const MEGABYTE = 1024 * 1024
const LARGEST = MEGABYTE
/** An item may hold 400 KB with its names. */
const PART = 350 * 1024

const zip = promisify(gzip)
const unzip = promisify(gunzip)
/** What is large is mostly base64, which no level makes much smaller. */
const QUICKLY = { level: 3 }

/** What every document has besides its own fields. */
const OWN = new Set(['pk', 'sk', 'ttl', 'bytes', 'parts', 'lengths', 'sizes', 'version'])

interface Packed {
  /** Of the packed texts, so that each can be read without the others. */
  lengths: string
  sizes: string
  version: string
  slices: Buffer[]
}

const pack = async (texts: readonly string[]): Promise<Packed | undefined> => {
  const zipped = await Promise.all(texts.map((text) => zip(text, QUICKLY)))
  const bytes = Buffer.concat(zipped)
  if (bytes.length > LARGEST) return undefined
  const count = Math.max(1, Math.ceil(bytes.length / PART))
  return {
    lengths: zipped.map(({ length }) => length).join(','),
    sizes: texts.map((text) => Buffer.byteLength(text)).join(','),
    // Another for each write: who comes too late with the same texts takes away its own parts, and not those that count.
    version: randomBytes(8).toString('hex'),
    slices: Array.from({ length: count }, (_, index) => bytes.subarray(index * PART, (index + 1) * PART)),
  }
}

const partKey = ({ pk, sk }: Key, version: string, index: number): Key => ({ pk, sk: `${sk}#${version}#${index}` })

/** `most`: bytes of text that one request may read; of what is packed, no more than that either. */
export const documentsIn = (store: Store, most: number): Documents => {
  const writeParts = ({ slices, version }: Packed, key: Key, ttl: Item): Promise<unknown> =>
    Promise.all(
      slices
        .slice(1)
        .map((part, index) => store.put({ ...toKey(partKey(key, version, index + 1)), bytes: { B: part }, ...ttl })),
    )

  const headOf = ({ slices, version, lengths, sizes }: Packed): Item => ({
    bytes: { B: slices[0] ?? Buffer.alloc(0) },
    parts: { N: String(slices.length) },
    lengths: { S: lengths },
    sizes: { S: sizes },
    version: { S: version },
  })

  const check = (documents: readonly StoredDocument[], index: number): void => {
    const total = documents.reduce((sum, { sizes }) => sum + (sizes[index] ?? 0), 0)
    if (total > most) throw new GatewayError('too_large', 'What is stored of this is too large to be read.')
  }

  const list = async (pk: string, prefix?: string): Promise<StoredDocument[]> => {
    const items = await store.list(pk, prefix, Math.ceil(most / MEGABYTE))
    const bySk = new Map(items.map((item) => [item.sk?.S ?? '', item]))
    return items.flatMap((head) => open(head, bySk))
  }

  return {
    async write({ pk, sk, fields = {}, texts, ttl: until }) {
      const packed = await pack(texts)
      if (!packed) return false
      const ttl: Item = until === undefined ? {} : { ttl: { N: String(until) } }
      const named = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, { S: text }]))
      await writeParts(packed, { pk, sk }, ttl)
      await store.put({ ...named, ...toKey({ pk, sk }), ...headOf(packed), ...ttl })
      return true
    },

    async replace({ pk, sk, fields, version }, texts) {
      const packed = await pack(texts)
      if (!packed) throw new GatewayError('too_large', 'The stored items have grown too large.')
      await writeParts(packed, { pk, sk }, {})
      const named = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, { S: text }]))
      const replaced = await store.putIf(
        { ...named, ...toKey({ pk, sk }), ...headOf(packed) },
        {
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': { S: version } },
        },
      )
      const unused = replaced ? version : packed.version
      await removeAll(store, await store.list(pk, `${sk}#${unused}#`))
      return replaced
    },

    list,

    check,

    async readAll(documents, index) {
      check(documents, index)
      return await Promise.all(documents.map(({ read }) => read(index)))
    },

    async remove({ pk, sk }) {
      const items = await store.list(pk, sk)
      const head = items.find((item) => item.sk?.S === sk)
      if (!head) return false
      await store.remove({ pk, sk })
      await removeAll(
        store,
        items.filter((item) => item.sk?.S?.startsWith(`${sk}#`)),
      )
      return true
    },
  }
}

/** The document that a head begins; nothing for what is no head, or whose parts are not all there. */
const open = (head: Item, bySk: ReadonlyMap<string, Item>): StoredDocument[] => {
  const [pk, sk, version, lengths] = [head.pk?.S, head.sk?.S, head.version?.S, numbersIn(head.lengths?.S)]
  if (pk === undefined || sk === undefined || version === undefined || head.parts === undefined) return []
  const slices = Array.from({ length: Number(head.parts?.N) }, (_, index) =>
    index === 0 ? head.bytes?.B : bySk.get(partKey({ pk, sk }, version, index).sk)?.bytes?.B,
  )
  const whole = slices.filter((slice) => slice !== undefined)
  if (whole.length < slices.length) return []
  const own = Object.entries(head).filter(([name]) => !OWN.has(name))
  return [
    {
      pk,
      sk,
      version,
      sizes: numbersIn(head.sizes?.S),
      fields: Object.fromEntries(own.map(([name, value]) => [name, value.S ?? ''])),
      async read(index) {
        const start = lengths.slice(0, index).reduce((sum, length) => sum + length, 0)
        const bytes = Buffer.concat(whole).subarray(start, start + (lengths[index] ?? 0))
        return (await unzip(bytes)).toString()
      },
    },
  ]
}

const numbersIn = (text: string | undefined): number[] => (text ?? '').split(',').map(Number)

export const removeAll = async (store: Store, items: readonly Item[]): Promise<void> => {
  await Promise.all(items.map(({ pk, sk }) => store.remove({ pk: pk?.S ?? '', sk: sk?.S ?? '' })))
}
