// What every agent must be able to do, whatever its tools are called.
import { deepEqual, equal } from 'node:assert/strict'
import { join } from 'node:path'
import type { Fault, ScriptedTurn } from '../../infra/local/simulated-gemini/index.ts'
import { expectGrowing, expectSigned, play, resultsIn, seenOf } from './model.ts'
import { expectIn, type Stage } from './stage.ts'

export type Call = NonNullable<ScriptedTurn['calls']>[number]

export interface Driver {
  /** What the agent says in the end. `again`: in its latest session. */
  ask(stage: Stage, prompt: string, again?: boolean): Promise<string | undefined>
  /** A call of its tool that runs a command. */
  command(line: string): Call
}

/** How an agent is told to start our MCP server, which it will call `sums`. */
export const MCP_SERVER = {
  command: process.execPath,
  args: ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'mcp-server.ts')],
}

/** The tool of the MCP server is called by its name at the agent, after whatever the agent wants of the model first. */
export const addsUp = async (
  stage: Stage,
  ask: (prompt: string) => Promise<string | undefined>,
  ...calls: readonly Call[]
): Promise<void> => {
  play(stage.simulated, 'ADD-TASK', [...calls.map((call) => ({ calls: [call] })), { text: 'It is 5.' }])
  equal(await ask('ADD-TASK'), 'It is 5.')
  const conversation = seenOf(stage.simulated, 'ADD-TASK')
  expectIn(JSON.stringify(resultsIn(conversation.at(-1))), 'SUM: 5')
  expectSigned(conversation)
}

/** A session with calls in it is resumed, with its signatures and all its past as it was. */
export const resumes =
  ({ ask, command }: Driver) =>
  async (stage: Stage): Promise<void> => {
    play(stage.simulated, 'RESUME-TASK', [
      { thought: 'Hm.', calls: [command('echo one')] },
      { text: 'First part done.' },
      { calls: [command('echo two')] },
      { text: 'Second part done.' },
    ])
    equal(await ask(stage, 'RESUME-TASK'), 'First part done.')
    equal(await ask(stage, 'Go on', true), 'Second part done.')
    const conversation = seenOf(stage.simulated, 'RESUME-TASK')
    equal(conversation.length, 4)
    expectGrowing(conversation)
    expectSigned(conversation)
  }

const FAULTS: readonly Fault[] = [
  { fault: 'error', error: 'minute-quota' },
  { fault: 'reset' },
  { fault: 'error', error: 'overloaded' },
]

/** A call that can't be read; where Gemini's bytes pass as they are, it is the agent that tries again. */
export const MALFORMED: Fault = { fault: 'finish', reason: 'MALFORMED_FUNCTION_CALL' }

/** Each turn of a conversation meets a fault first. */
export const heals =
  ({ ask, command }: Driver, ...more: readonly Fault[]) =>
  async (stage: Stage): Promise<void> => {
    const faults = [...FAULTS, ...more]
    const lines = faults.slice(1).map((_, index) => `echo line-${index}`)
    play(stage.simulated, 'FAULT-TASK', [
      ...lines.map((line) => ({ calls: [command(line)] })),
      { text: 'Nothing happened.' },
    ])
    faults.forEach((fault, index) => stage.simulated.fail(fault, { text: lines[index - 1] ?? 'FAULT-TASK' }))
    equal(await ask(stage, 'FAULT-TASK'), 'Nothing happened.')
    const turns = new Set(seenOf(stage.simulated, 'FAULT-TASK').map(({ contents }) => JSON.stringify(contents)))
    const refused = stage.simulated.requests.flatMap(({ status }) => (status === 200 ? [] : [status]))
    deepEqual([turns.size, refused], [faults.length, [429, 503]])
  }
