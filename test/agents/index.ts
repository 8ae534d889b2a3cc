// `npm run test:agents [-- WORD ...]`: the real coding agents against the local run, with the simulated Gemini as their model.
// Words choose: an agent, a way of running, or a part of a scenario's name.
import { stop } from 'esbuild'
import { type Gateway, type GatewayOptions, startGateway } from '../../infra/local/gateway.ts'
import { claudeCode } from './claude-code.ts'
import { codexCli } from './codex.ts'
import { geminiCli } from './gemini-cli.ts'
import { install } from './install.ts'
import { opencode } from './opencode.ts'
import { type Agent, onStage, type Stage } from './stage.ts'

const AGENTS: readonly Agent[] = [claudeCode, codexCli, geminiCli, opencode]
/** One process for all requests, as `npm start` runs; and one for each at a time, as Lambda does. */
const WAYS: Readonly<Record<string, GatewayOptions>> = { shared: {}, lambda: { shared: false } }

/** Enough projects that what one scenario exhausts is not missed in the next. */
const GEMINI_KEYS = Array.from({ length: 20 }, (_, index) => ({ key: `key-${index}`, project: `project-${index}` }))

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const isChosen = (...names: readonly string[]): boolean => {
  const name = names.join(' ').toLowerCase()
  return words.every((word) => name.includes(word))
}

interface Chosen {
  way: string
  agent: Agent
  scenario: string
  play(stage: Stage): Promise<void>
}

const chosen: readonly Chosen[] = Object.keys(WAYS).flatMap((way) =>
  AGENTS.flatMap((agent) =>
    Object.entries(agent.scenarios)
      .filter(([scenario]) => isChosen(agent.name, scenario, way))
      .map(([scenario, play]) => ({ way, agent, scenario, play })),
  ),
)

const main = async (): Promise<number> => {
  if (chosen.length === 0) {
    console.error(`No scenario is named by: ${words.join(' ')}`)
    return 2
  }
  const programs = new Map([...new Set(chosen.map(({ agent }) => agent))].map((agent) => [agent, programOf(agent)]))
  const failures: string[] = []
  for (const [way, options] of Object.entries(WAYS)) {
    const ofThisWay = chosen.filter((each) => each.way === way)
    if (ofThisWay.length === 0) continue
    const gateway = await startGateway({ ...options, geminiKeys: GEMINI_KEYS })
    try {
      for (const each of ofThisWay) {
        const begun = performance.now()
        const failure = await failureOf(each, programs.get(each.agent), gateway)
        const seconds = `${((performance.now() - begun) / 1000).toFixed(1)} s`
        console.log(`${lineOf(each)}  ${failure === undefined ? 'passed' : 'FAILED'}  ${seconds.padStart(6)}`)
        if (failure !== undefined) failures.push(`${lineOf(each).trim()}\n${failure}`)
      }
    } finally {
      await gateway.close()
    }
  }
  for (const failure of failures) console.log(`\n${failure}`)
  console.log(`\n${chosen.length - failures.length} passed, ${failures.length} failed`)
  return failures.length === 0 ? 0 : 1
}

/** What npm can't give fails with npm's words, and the other agents still play. */
const programOf = (agent: Agent): string | Error => {
  try {
    return install(agent.package)
  } catch (error) {
    return error as Error
  }
}

/** Undefined where everything holds. */
const failureOf = async (
  { play }: Chosen,
  program: string | Error | undefined,
  gateway: Gateway,
): Promise<string | undefined> => {
  try {
    if (typeof program !== 'string') throw program
    await onStage(gateway, program, play)
    return undefined
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/^/gm, '    ')
  }
}

const widest = (names: readonly string[]): number => Math.max(...names.map((name) => name.length))
const agentWidth = widest(chosen.map(({ agent }) => agent.name))
const scenarioWidth = widest(chosen.map(({ scenario }) => scenario))

const lineOf = ({ way, agent, scenario }: Chosen): string =>
  [agent.name.padEnd(agentWidth), way.padEnd(6), scenario.padEnd(scenarioWidth)].join('  ')

// An agent that is waited for when the terminal says stop ends with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

process.exitCode = await main()
// The bundler's process would keep this one.
await stop()
