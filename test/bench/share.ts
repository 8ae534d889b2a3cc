// The first request at a small share of a CPU. On Lambda a function loads at full speed and is held to its share from the
// first request on; what was not compiled until then is compiled at that share.
import { setTimeout as sleep } from 'node:timers/promises'
import { textEvents } from './events.ts'
import { interleave, medianOf, spreadOf } from './rounds.ts'
import { type Row, row } from './table.ts'
import type { Laboratory } from './targets.ts'
import { findThrottle } from './throttle.ts'

/** What Lambda gives to 128 MB. */
const SHARE = 128 / 1769
const LATER = 3
const FIRST_WORDS = Buffer.from('the')
/** 33 KB, as an agent's request has. */
const QUESTION = 'lorem "ipsum" dolor\n\tsit amet é '.repeat(1000)

interface Times {
  first: number
  later: number
}

/**
 * As it is deployed, and after one short request at full speed: what a request in INIT saves at best. As soon as the
 * functions warm themselves up, both should be the same.
 */
export const firstRequest = async ({ start, targets, upstream }: Laboratory, quick: boolean): Promise<Row[]> => {
  const throttle = findThrottle()
  upstream.answer(textEvents(20, 40), 2)
  const subjects = targets.flatMap((target) => [
    { ...target, warmed: false },
    { ...target, name: `${target.name}, warmed up`, warmed: true },
  ])
  const figures = await interleave(quick ? 3 : 9, subjects, async ({ event, folder, warmed }): Promise<Times> => {
    const sandbox = await start(folder)
    if (warmed) await sandbox.call(event())
    // What loading left to do in the background was done at full speed, too.
    await sleep(120)
    const release = throttle.hold(sandbox.pid, SHARE)
    const times: number[] = []
    for (let request = 0; request <= LATER; request++) {
      times.push((await sandbox.call(event(QUESTION), FIRST_WORDS)).markMs)
      await sleep(60)
    }
    await sandbox.stop()
    release()
    const [first = Number.NaN, ...later] = times
    return { first, later: medianOf(later) }
  })
  const what = `time to first text at 7 % of a CPU (${throttle.how})`
  return [...figures].flatMap(([name, times]) => [
    row(`${what}, first request`, name, 'ms', spreadOf(times.map(({ first }) => first))),
    row(`${what}, later`, name, 'ms', spreadOf(times.map(({ later }) => later))),
  ])
}
