// The product's own choice of keys under load: many environments of one request at a time, projects with a limit a minute.
// node infra/launch.mjs test/keys/load.ts '{"load": 0.8, "minutes": 30}' prints what came of each seed. Jest's own world
// of globals would make it twenty times as slow.
import { affinityKey } from '../../lib/gemini/request/affinity.ts'
import { retryBudget } from '../../lib/gemini/upstream/retry-budget.ts'
import { countsAsRetry, mayMark, newTries, nextTry } from '../../lib/gemini/upstream/tries.ts'
import type { Fault } from '../../lib/keys/faults.ts'
import { servedTag } from '../../lib/keys/rendezvous.ts'
import type { KeyList } from '../../lib/keys/source.ts'
import { type Environment, environment, sharedTable } from './environment.ts'

const SECOND = 1000
const PROJECTS = 10
const PER_MINUTE = 150
const CALL = 8 * SECOND
const TURNS = 6
const THINKING = 20 * SECOND
const MINUTES = 10
const SEEDS = 5
const START = Date.parse('2026-11-23T12:00:00Z')

export interface Load {
  /** Of what all projects allow together. */
  load: number
  dead?: number
  /** Share of the chats that send the same `prompt_cache_key`. */
  sharedCacheKey?: number
  /** Whose chats: agents send back the ids of their calls, people nothing but text. Default people. */
  agents?: boolean
  minutes?: number
  /** How many runs, each by a seed of its own: 1, 2, 3 … Default 5. */
  seeds?: number
}

/** Shares of one, and the writes to the table. */
export interface Outcome {
  /** Of the turns after a chat's first: those in the project of the turn before. */
  affinity: number
  /** Calls for each request. */
  amplification: number
  failed: number
  /** Of the first tries after a minute: those with a dead key. */
  wasted: number
  writes: number
}

interface Turn {
  chat: number
  affinity: string
  turn: number
}
type Event = { at: number } & ({ what: 'turn'; turn: Turn } | { what: 'free'; environment: Living })
interface Living extends Environment {
  budget: ReturnType<typeof retryBudget>
}

/** A known generator of evenly spread numbers (mulberry32), so that each seed is one run. */
const numbers = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Events in the order of time: a binary heap. */
const agenda = () => {
  const heap: Event[] = []
  const at = (index: number): number => heap[index]?.at ?? Infinity
  const swap = (a: number, b: number): void => {
    const kept = heap[a] as Event
    heap[a] = heap[b] as Event
    heap[b] = kept
  }
  return {
    add: (event: Event): void => {
      let index = heap.push(event) - 1
      for (let parent = (index - 1) >> 1; index > 0 && at(parent) > at(index); parent = (index - 1) >> 1) {
        swap(parent, index)
        index = parent
      }
    },
    next: (): Event | undefined => {
      const first = heap[0]
      const last = heap.pop()
      if (!first || !last || heap.length === 0) return first
      heap[0] = last
      for (let index = 0; ; ) {
        const left = 2 * index + 1
        const least = [left, left + 1].reduce((best, child) => (at(child) < at(best) ? child : best), index)
        if (least === index) return first
        swap(least, index)
        index = least
      }
    },
  }
}

const run = async ({
  seed,
  load,
  dead = 0,
  sharedCacheKey = 0,
  agents = false,
  minutes = MINUTES,
}: Load & { seed: number }): Promise<Outcome> => {
  const end = START + minutes * 60 * SECOND
  const random = numbers(seed)
  const spread = (mean: number): number => -Math.log(1 - random()) * mean
  let now = START
  const table = sharedTable(() => now)
  const list: KeyList = {
    version: 'v1',
    keys: Array.from({ length: PROJECTS }, (_, i) => ({ id: `k${i}`, key: `s${i}`, project: `p${i}`, weight: 1 })),
  }
  const isDead = (id: string): boolean => Number(id.slice(1)) < dead
  const accepted = new Map(list.keys.map(({ project }) => [project, [] as number[]]))
  const idle: Living[] = []
  const homes = new Map<number, string>()
  const count = { requests: 0, calls: 0, failed: 0, sameHome: 0, later: 0, firstTries: 0, wasted: 0 }

  const events = agenda()
  const between = 60 * SECOND * (TURNS / (PROJECTS * PER_MINUTE * load))
  for (let at = now, chat = 0; at < end; at += spread(between), chat++) {
    const request = { contents: [{ role: 'user' as const, parts: [{ text: `seed ${seed}, chat ${chat}` }] }] }
    const hints = random() < sharedCacheKey ? ['the same for many'] : []
    events.add({ at, what: 'turn', turn: { chat, turn: 1, affinity: affinityKey('c', 'm', request, { hints }) } })
  }

  const upstream = (id: string, project: string): Fault | undefined => {
    if (isDead(id)) return { class: 'key_dead' }
    const lately = accepted.get(project) ?? []
    while ((lately[0] ?? now) <= now - 60 * SECOND) lately.shift()
    if (lately.length < PER_MINUTE) return void lately.push(now)
    return { class: 'rate_minute', retryAfter: ((lately[0] ?? now) + 60 * SECOND - now) / SECOND }
  }

  const serve = async ({ pool, cooldowns, budget }: Living, { affinity, chat }: Turn): Promise<string | undefined> => {
    const tries = newTries()
    const last = agents ? homes.get(chat) : undefined
    const lately = last && servedTag(affinity, last)
    let again = false
    for (;;) {
      const key = pool.choose(list, { affinity, model: 'm', lately, tried: tries.tried }, now)
      if (!key) return undefined
      tries.count++
      budget.note(again)
      count.calls++
      if (tries.count === 1 && now > START + 60 * SECOND) {
        count.firstTries++
        if (isDead(key.id)) count.wasted++
      }
      await cooldowns.refresh()
      const fault = upstream(key.id, key.project)
      if (!fault) {
        pool.works(list, key, 'm', now)
        return key.project
      }
      if (mayMark(fault, tries, 'm')) await pool.mark(list, key, 'm', fault, now)
      again = countsAsRetry(fault)
      if (!nextTry({ body: undefined }, key, fault, tries) || (again && !budget.left())) return undefined
    }
  }

  const start = async (): Promise<Living> => {
    const made = environment(() => now, table.table, random)
    made.cooldowns.start()
    await Promise.resolve()
    return { ...made, budget: retryBudget() }
  }

  for (let event = events.next(); event && event.at <= end; event = events.next()) {
    now = event.at
    if (event.what === 'free') {
      idle.push(event.environment)
      continue
    }
    const { turn } = event
    const serving = idle.pop() ?? (await start())
    count.requests++
    const project = await serve(serving, turn)
    if (project === undefined) {
      count.failed++
    } else {
      const before = homes.get(turn.chat)
      if (before !== undefined) count.later++
      if (before === project) count.sameHome++
      homes.set(turn.chat, project)
    }
    const over = now + (project === undefined ? 300 : spread(CALL))
    events.add({ at: over, what: 'free', environment: serving })
    if (turn.turn < TURNS)
      events.add({ at: over + spread(THINKING), what: 'turn', turn: { ...turn, turn: turn.turn + 1 } })
  }
  return {
    affinity: count.sameHome / count.later,
    amplification: count.calls / count.requests,
    failed: count.failed / count.requests,
    wasted: count.wasted / count.firstTries,
    writes: table.writes,
  }
}

const found: Outcome[] = []
const load = JSON.parse(process.argv[2] ?? '{}') as Load
for (let seed = 1; seed <= (load.seeds ?? SEEDS); seed++) found.push(await run({ ...load, seed }))
process.stdout.write(JSON.stringify(found, null, 1))
