// `npm run test:agents [-- WORD ...]`: the real coding agents against the local run, with the simulated Gemini as their model.
// Words choose: an agent, a way of running, or a part of a scenario's name.
import { stop } from 'esbuild'
import { type GatewayOptions, startGateway } from '../../infra/local/gateway.ts'
import { claudeCode } from './claude-code.ts'
import { codexCli } from './codex.ts'
import { geminiCli } from './gemini-cli.ts'
import { install } from './install.ts'
import { opencode } from './opencode.ts'
import { type Agent, onStage } from './stage.ts'

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

const main = async (): Promise<number> => {
  const chosen = Object.keys(WAYS).flatMap((way) =>
    AGENTS.flatMap((agent) =>
      Object.entries(agent.scenarios)
        .filter(([scenario]) => isChosen(agent.name, scenario, way))
        .map(([scenario, play]) => ({ way, agent, scenario, play })),
    ),
  )
  if (chosen.length === 0) {
    console.error(`No scenario is named by: ${words.join(' ')}`)
    return 2
  }
  const programs = new Map(
    [...new Set(chosen.map(({ agent }) => agent))].map((agent) => [agent, install(agent.package)]),
  )
  const agentWidth = Math.max(...chosen.map(({ agent }) => agent.name.length))
  const scenarioWidth = Math.max(...chosen.map(({ scenario }) => scenario.length))
  const failures: string[] = []

  for (const [way, options] of Object.entries(WAYS)) {
    const ofThisWay = chosen.filter((each) => each.way === way)
    if (ofThisWay.length === 0) continue
    const gateway = await startGateway({ ...options, geminiKeys: GEMINI_KEYS })
    try {
      for (const { agent, scenario, play } of ofThisWay) {
        const line = [agent.name.padEnd(agentWidth), way.padEnd(6), scenario.padEnd(scenarioWidth)].join('  ')
        const begun = performance.now()
        const failure = await onStage(gateway, programs.get(agent) ?? '', play).then(
          () => undefined,
          (error: unknown) => error,
        )
        const seconds = `${((performance.now() - begun) / 1000).toFixed(1)} s`
        console.log(`${line}  ${failure === undefined ? 'passed' : 'FAILED'}  ${seconds.padStart(6)}`)
        if (failure !== undefined) failures.push(`${line.trim()}\n${reason(failure)}`)
      }
    } finally {
      await gateway.close()
    }
  }
  for (const failure of failures) console.log(`\n${failure}`)
  console.log(`\n${chosen.length - failures.length} passed, ${failures.length} failed`)
  return failures.length === 0 ? 0 : 1
}

const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^/gm, '    ')

// An agent that is waited for when the terminal says stop ends with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

process.exitCode = await main()
// The bundler's process would keep this one.
await stop()
