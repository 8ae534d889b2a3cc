import { BlockList, isIP } from 'node:net'
import { readSecret } from '../../lib/contract/secret.ts'
import type { Settings } from '../settings.ts'
import { type GeminiKey, secretText } from './secret.ts'

export const DEFAULT_CLIENT_KEY = 'your-api-key-1'

/** What `npm start` is told by environment variables. */
export interface LocalSettings {
  port: number
  host: string
  clientKeys: readonly string[]
  /** Unset: the embedded simulated Gemini answers. */
  gemini: { keys: readonly GeminiKey[]; baseUrl: string } | undefined
  shared: boolean
  memory: number
  /** Every log line of the functions, not only warnings and errors. */
  verbose: boolean
}

/** A variable that can't be used. Its message names the variable and never repeats a key. */
export class SettingsError extends Error {}

type Variables = Readonly<Record<string, string | undefined>>

/** What the deployment's settings say for the local run, too. */
type Deployed = Pick<Settings, 'memory' | 'geminiBaseUrl'>

export const readSettings = (variables: Variables, deployed: Deployed): LocalSettings => {
  const host = variables.HOST || '127.0.0.1'
  return {
    host,
    port: integer(variables, 'PORT', 7860, 0, 65_535),
    clientKeys: clientKeysOf(variables, host),
    gemini: geminiOf(variables, deployed),
    shared: choice(variables, 'ENVIRONMENTS', ['shared', 'lambda']) === 'shared',
    memory: integer(variables, 'MEMORY', deployed.memory, 128, 10_240),
    verbose: choice(variables, 'LOG', ['0', '1']) === '1',
  }
}

const integer = (variables: Variables, name: string, fallback: number, low: number, high: number): number => {
  const text = variables[name]
  if (!text) return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new SettingsError(`${name} must be a whole number from ${low} to ${high}, not "${text}".`)
  }
  return value
}

const choice = <T extends string>(variables: Variables, name: string, choices: readonly [T, ...T[]]): T => {
  const text = variables[name]
  if (!text) return choices[0]
  const found = choices.find((value) => value === text)
  if (!found) throw new SettingsError(`${name} must be ${choices.join(' or ')}, not "${text}".`)
  return found
}

/** Entries of a comma-separated list of keys, which may not be empty and go into a header as they are. */
const list = (name: string, text: string): string[] => {
  const entries = text.split(',').map((entry) => entry.trim())
  const position = entries.findIndex((entry) => !/^[\x21-\x7e]+$/.test(entry)) + 1
  if (position > 0) {
    throw new SettingsError(`${name}: key ${position} of ${entries.length} is empty or holds a character no key has.`)
  }
  const twin = entries.findIndex((entry, index) => entries.indexOf(entry) !== index) + 1
  if (twin > 0) throw new SettingsError(`${name}: key ${twin} of ${entries.length} is there twice.`)
  return entries
}

const clientKeysOf = (variables: Variables, host: string): readonly string[] => {
  if (variables.API_KEYS) return list('API_KEYS', variables.API_KEYS)
  if (isLoopback(host)) return [DEFAULT_CLIENT_KEY]
  throw new SettingsError(`HOST ${host} lets others in: set API_KEYS to the keys that clients must have.`)
}

const geminiOf = (variables: Variables, { geminiBaseUrl }: Deployed): LocalSettings['gemini'] => {
  if (!variables.GEMINI_API_KEYS) {
    if (!variables.GEMINI_BASE_URL) return undefined
    throw new SettingsError('GEMINI_BASE_URL is set, but GEMINI_API_KEYS is not: there is no key to call it with.')
  }
  const entries = list('GEMINI_API_KEYS', variables.GEMINI_API_KEYS)
  const keys = entries.map((entry, index): GeminiKey => {
    const colon = entry.indexOf(':')
    const [project, key] =
      colon < 0 ? [`project-of-key-${index + 1}`, entry] : [entry.slice(0, colon), entry.slice(colon + 1)]
    if (!project || !key) {
      throw new SettingsError(`GEMINI_API_KEYS: key ${index + 1} of ${entries.length} must be "key" or "project:key".`)
    }
    return { project, key }
  })
  const reading = readSecret(secretText(keys, []))
  if (!reading.ok) throw new SettingsError(`GEMINI_API_KEYS: ${reading.problems[0]}.`)
  return { keys, baseUrl: originOf('GEMINI_BASE_URL', variables.GEMINI_BASE_URL || geminiBaseUrl) }
}

const originOf = (name: string, text: string): string => {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username || url.password) {
    throw new SettingsError(`${name} must be an address such as https://generativelanguage.googleapis.com.`)
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new SettingsError(`${name} must be an origin alone, without a path: ${url.origin}`)
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new SettingsError(`${name} must be https: except on this machine: keys travel in it.`)
  }
  return url.origin
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

const isLoopback = (host: string): boolean => {
  const bare = host.replace(/^\[|\]$/g, '')
  const version = isIP(bare)
  return bare === 'localhost' || (version !== 0 && loopback.check(bare, version === 6 ? 'ipv6' : 'ipv4'))
}
