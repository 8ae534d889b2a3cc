// `npm run keys`: who may call, and with what we call Gemini. Reads and changes the list of keys in the secret.
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Secret } from '../../lib/contract/secret.ts'
import { contextOf } from '../context.ts'
import { readRunFile } from '../local/run-file.ts'
import { readSettings } from '../settings.ts'
import { outputsOf, STACK } from './deployed.ts'
import { changeList, type Edit, SAID } from './key-change.ts'
import {
  BadInput,
  hasClient,
  hasGeminiKey,
  hasNone,
  masked,
  withClient,
  withGeminiKey,
  withoutClients,
  withoutGeminiKeys,
} from './key-list.ts'
import { type KeyStore, keyStore } from './key-store.ts'
import { type Trial, tryKey } from './key-trial.ts'
import { textTable } from './text-table.ts'

const HELP = `npm run keys -- list                               all keys, Gemini's by their last four characters
npm run keys -- add --project PROJECT [--id ID] [--weight NUMBER] [KEY]
                                                   a Gemini key: from standard input, GEMINI_API_KEY, or as a word
npm run keys -- remove ID ...                      Gemini keys
npm run keys -- test [ID ...]                      calls Google once with each Gemini key
npm run keys -- clients                            the keys of clients
npm run keys -- clients add ID [--client CLIENT] [--name TEXT]
                                                   makes a key for a client, and shows it this once
npm run keys -- clients remove ID ...

  --stack   the deployed stack, ${STACK} if nothing is said; region and credentials are those of the shell
  --secret  name or ARN of the secret, where there is no stack to ask
  --local   the secret of npm start on this machine (with PORT, as for npm start)

Exit code 0: done. 1: it could not be done, or not yet. 2: it was not understood.`

const OPTIONS = {
  project: { type: 'string' },
  id: { type: 'string' },
  weight: { type: 'string' },
  client: { type: 'string' },
  name: { type: 'string' },
  stack: { type: 'string', default: STACK },
  secret: { type: 'string' },
  local: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const read = () => {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new BadInput(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error))
  }
}
type Options = ReturnType<typeof read>['values']

interface Place {
  store: KeyStore
  /** Where Gemini is: an origin. */
  gemini: string
}

const placeOf = async ({ local, secret, stack }: Options): Promise<Place> => {
  const deployed = process.env.GEMINI_BASE_URL || readSettings(contextOf([])).geminiBaseUrl
  if (local) {
    const port = Number(process.env.PORT || 7860)
    const run = await readRunFile(port)
    if (!run) throw new Error(`No npm start runs here on port ${port}.`)
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const client = new SecretsManagerClient({ region: 'us-east-1', endpoint: run.secretsManager, credentials })
    return { store: keyStore(client, run.secretArn), gemini: run.geminiBaseUrl }
  }
  const id = secret ?? (await outputsOf(stack)).KeysSecretArn
  if (!id) throw new Error(`The stack ${stack} names no secret: deploy this version of it first.`)
  return { store: keyStore(new SecretsManagerClient(), id), gemini: deployed }
}

/** What is said beside the result, which alone is on standard output. */
const note = (text: string): void => console.error(text)

/** Throws where nothing came of it. */
const change = async ({ store }: Place, edit: Edit): Promise<void> => {
  if ((await changeList(store, edit, note)) === 'current') return
  // It may count yet: a key that was made for it must be shown all the same.
  note(SAID.slow)
  process.exitCode = 1
}

const geminiTable = ({ geminiKeys }: Secret): string =>
  textTable(
    ['Gemini key', 'project', 'weight', 'key'],
    geminiKeys.map(({ id, project, weight = 1, key }) => [id, project, weight, masked(key)]),
  )
const clientTable = ({ clientKeys }: Secret): string =>
  textTable(
    ['client key', 'client', 'name'],
    clientKeys.map(({ id, client = id, name = '' }) => [id, client, name]),
  )

/** A key from where shells keep no history of it. */
const keyFrom = async (word: string | undefined): Promise<string> => {
  if (word !== undefined) return word
  if (process.env.GEMINI_API_KEY) {
    note('The key in GEMINI_API_KEY is taken.')
    return process.env.GEMINI_API_KEY
  }
  if (process.stdin.isTTY) note('Gemini key, then Enter:')
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) {
    lines.close()
    return line
  }
  throw new BadInput('No key was given: on standard input, in GEMINI_API_KEY, or as a word.')
}

const numberOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (!(Number(text) > 0)) throw new BadInput('--weight must be a number greater than 0.')
  return Number(text)
}

const needed = (values: readonly string[], what: string): readonly string[] => {
  if (values.length === 0) throw new BadInput(`Which ${what}? npm run keys -- list shows the ids.`)
  return values
}

/** One command: the words after it, and the options. */
type Command = (words: readonly string[], options: Options) => Promise<void>

const add: Command = async ([word, ...more], options) => {
  const { project, id } = options
  if (more.length > 0) throw new BadInput('One key at a time.')
  if (project === undefined) throw new BadInput('--project is missing: keys of one Google project share its quota.')
  const weight = numberOf(options.weight)
  const key = (await keyFrom(word)).trim()
  const entry = { key, project, id, weight }
  const place = await placeOf(options)
  withGeminiKey((await place.store.read()).list, entry)
  const { outcome, why } = await tryKey(place.gemini, key)
  if (outcome === 'refused') throw new Error(`Google refuses this key (${why}); nothing was changed.`)
  if (outcome === 'unclear') note(`The key could not be tried from here (${why}).`)
  await change(place, { apply: (list) => withGeminiKey(list, entry), isIn: (list) => hasGeminiKey(list, key) })
  console.log(geminiTable((await place.store.read()).list))
}

const remove: Command = async (ids, options) => {
  needed(ids, 'keys')
  const place = await placeOf(options)
  await change(place, {
    apply: (list) => withoutGeminiKeys(list, ids),
    isIn: ({ geminiKeys }) => hasNone(geminiKeys, ids),
  })
  console.log(geminiTable((await place.store.read()).list))
}

const test: Command = async (ids, options) => {
  const { store, gemini } = await placeOf(options)
  const { list } = await store.read()
  const unknown = ids.filter((id) => !list.geminiKeys.some((entry) => entry.id === id))
  if (unknown.length > 0) throw new BadInput(`There is no key ${unknown.join(', ')} in the list.`)
  const chosen = list.geminiKeys.filter(({ id }) => ids.length === 0 || ids.includes(id))
  const trials: Trial[] = await Promise.all(chosen.map(({ key }) => tryKey(gemini, key)))
  const rows = chosen.map(({ id, project, key }, index) => {
    const { outcome = '', why = '' } = trials[index] ?? {}
    return [id, project, masked(key), outcome, why]
  })
  console.log(textTable(['Gemini key', 'project', 'key', 'result', ''], rows))
  if (trials.some(({ outcome }) => outcome !== 'works')) process.exitCode = 1
}

const addClient: Command = async ([id, ...more], options) => {
  if (id === undefined || more.length > 0) throw new BadInput('Give the new key one id: clients add ID.')
  const { client, name } = options
  const key = `tg-${randomBytes(24).toString('base64url')}`
  const place = await placeOf(options)
  await change(place, {
    apply: (list) => withClient(list, { key, id, client, name }),
    isIn: (list) => hasClient(list, key),
  })
  note(`The key of ${id}. Only its SHA-256 is kept, so it is shown this once:`)
  console.log(key)
}

const removeClients: Command = async (ids, options) => {
  needed(ids, 'client keys')
  const place = await placeOf(options)
  await change(place, {
    apply: (list) => withoutClients(list, ids),
    isIn: ({ clientKeys }) => hasNone(clientKeys, ids),
  })
  console.log(clientTable((await place.store.read()).list))
}

const list: Command = async (_, options) => {
  const { list } = await (await placeOf(options)).store.read()
  console.log(`${geminiTable(list)}\n\n${clientTable(list)}`)
}

const listClients: Command = async (_, options) =>
  console.log(clientTable((await (await placeOf(options)).store.read()).list))

const CLIENTS = new Map<string | undefined, Command>([
  [undefined, listClients],
  ['list', listClients],
  ['add', addClient],
  ['remove', removeClients],
])
const COMMANDS = new Map<string | undefined, Command>([
  ['list', list],
  ['add', add],
  ['remove', remove],
  ['test', test],
  ['clients', ([word, ...rest], options) => commandOf(CLIENTS, word)(rest, options)],
])

const commandOf = (commands: ReadonlyMap<string | undefined, Command>, word: string | undefined): Command => {
  const command = commands.get(word)
  if (command) return command
  const known = [...commands.keys()].filter(Boolean).join(', ')
  throw new BadInput(
    `${word === undefined ? 'What?' : `There is no "${word}".`} There are: ${known}; --help says more.`,
  )
}

const run = async (): Promise<void> => {
  const { values, positionals } = read()
  const [word, ...rest] = positionals
  if (values.help) console.log(HELP)
  else await commandOf(COMMANDS, word)(rest, values)
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof BadInput ? 2 : 1
})
