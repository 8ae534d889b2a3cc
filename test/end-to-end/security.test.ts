// What a hostile client can send in a body: names that objects inherit; and what leaves us.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Gateway, startGateway } from '../../infra/local/gateway.ts'
import { type Arrival, type SimulatedGemini, startSimulatedGemini } from '../../infra/local/simulated-gemini/index.ts'
import { askRaw } from './faults/raw.ts'
import { CLIENT_KEY, MODEL, type Protocol, SAID } from './faults/variants.ts'

const GEMINI_KEYS = ['canary-gemini-a', 'canary-gemini-b']

let gemini: SimulatedGemini
let gateway: Gateway
/** Everything that clients got, heads included. */
const given: string[] = []
beforeAll(async () => {
  gemini = await startSimulatedGemini()
  gateway = await startGateway({
    geminiBaseUrl: gemini.origin,
    geminiKeys: GEMINI_KEYS.map((key, index) => ({ key, project: `project-${index}` })),
    clientKeys: [CLIENT_KEY],
  })
}, 60_000)
afterAll(async () => {
  await gateway.close()
  await gemini.close()
})
beforeEach(() => gemini.reset())

const NATIVE = `/v1beta/models/${MODEL}:generateContent`

/** Names that every object inherits. They can be told from fields of one's own only by looking twice. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
const named = (value: string): string => `{${NAMES.map((name) => `${JSON.stringify(name)}:${value}`).join(',')}}`
const ARGUMENTS = named('{"x":1}')
const SCHEMA = `{"type":"object","properties":${named('{"type":"object","properties":{"x":{"type":"integer"}}}')},"required":${JSON.stringify(NAMES)}}`

const json = (text: string): unknown => JSON.parse(text) as unknown

/** A tool with those names, its call, and the call's answer, in each protocol's words. */
const CALLING: Record<
  Protocol,
  {
    path: string
    body: string
    goneOn: (id: string) => string
    argumentsIn: (reply: string) => unknown
    idIn: (reply: string) => string
  }
> = {
  chat: {
    path: '/v1/chat/completions',
    body: `{"model":"${MODEL}","__proto__":{"stream":true},"constructor":1,"messages":[{"role":"user","content":"go"}],"tools":[{"type":"function","function":{"name":"constructor","parameters":${SCHEMA}}}]}`,
    goneOn: (id) =>
      `{"model":"${MODEL}","messages":[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"${id}","type":"function","function":{"name":"constructor","arguments":${JSON.stringify(ARGUMENTS)}}}]},{"role":"tool","tool_call_id":"${id}","content":${JSON.stringify(ARGUMENTS)}}],"tools":[{"type":"function","function":{"name":"constructor","parameters":${SCHEMA}}}]}`,
    argumentsIn: (reply) =>
      json(
        (json(reply) as { choices: { message: { tool_calls: { function: { arguments: string } }[] } }[] }).choices[0]
          ?.message.tool_calls[0]?.function.arguments ?? '',
      ),
    idIn: (reply) => /"id":"(call_[^"]+)"/.exec(reply)?.[1] ?? '',
  },
  responses: {
    path: '/v1/responses',
    body: `{"model":"${MODEL}","store":false,"input":"go","tools":[{"type":"function","name":"constructor","parameters":${SCHEMA}}]}`,
    goneOn: (id) =>
      `{"model":"${MODEL}","store":false,"input":[{"role":"user","content":"go"},{"type":"function_call","call_id":"${id}","name":"constructor","arguments":${JSON.stringify(ARGUMENTS)}},{"type":"function_call_output","call_id":"${id}","output":${JSON.stringify(ARGUMENTS)}}],"tools":[{"type":"function","name":"constructor","parameters":${SCHEMA}}]}`,
    argumentsIn: (reply) =>
      json(
        (json(reply) as { output: { type: string; arguments: string }[] }).output.find(
          ({ type }) => type === 'function_call',
        )?.arguments ?? '',
      ),
    idIn: (reply) => /"call_id":"(call_[^"]+)"/.exec(reply)?.[1] ?? '',
  },
  messages: {
    path: '/v1/messages',
    body: `{"model":"${MODEL}","max_tokens":100,"messages":[{"role":"user","content":"go"}],"tools":[{"name":"constructor","input_schema":${SCHEMA}}]}`,
    goneOn: (id) =>
      `{"model":"${MODEL}","max_tokens":100,"messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"${id}","name":"constructor","input":${ARGUMENTS}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"${id}","content":${JSON.stringify(ARGUMENTS)}}]}],"tools":[{"name":"constructor","input_schema":${SCHEMA}}]}`,
    argumentsIn: (reply) =>
      (json(reply) as { content: { type: string; input: unknown }[] }).content.find(({ type }) => type === 'tool_use')
        ?.input,
    idIn: (reply) => /"id":"(call_[^"]+)"/.exec(reply)?.[1] ?? '',
  },
  native: {
    path: NATIVE,
    body: `{"contents":[{"role":"user","parts":[{"text":"go"}]}],"tools":[{"functionDeclarations":[{"name":"constructor","parametersJsonSchema":${SCHEMA}}]}]}`,
    goneOn: () =>
      `{"contents":[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"functionCall":{"name":"constructor","args":${ARGUMENTS}},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"name":"constructor","response":${ARGUMENTS}}}]}],"tools":[{"functionDeclarations":[{"name":"constructor","parametersJsonSchema":${SCHEMA}}]}]}`,
    argumentsIn: (reply) =>
      (json(reply) as { candidates: { content: { parts: { functionCall: { args: unknown } }[] } }[] }).candidates[0]
        ?.content.parts[0]?.functionCall.args,
    idIn: () => '',
  },
}

const post = async (path: string, body: string): Promise<string> => {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${CLIENT_KEY}`,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    },
    body,
  })
  const reply = await response.text()
  given.push(JSON.stringify([...response.headers]), reply)
  expect([response.status, reply.slice(0, 300)]).toEqual([200, expect.any(String)])
  return reply
}
const lastBody = (): string => JSON.stringify((gemini.requests.at(-1) as Arrival).body)

describe.each(Object.entries(CALLING))(
  '%s: names that objects inherit',
  (_, { path, body, goneOn, argumentsIn, idIn }) => {
    const properties = named('{"type":"object","properties":{"x":{"type":"integer"}}}')

    test('arrive as tools, properties, arguments and results, both ways', async () => {
      gemini.script({ calls: [{ name: 'constructor', args: json(ARGUMENTS) as Record<string, unknown> }] })
      const reply = await post(path, body)
      expect(JSON.stringify(argumentsIn(reply))).toBe(ARGUMENTS)
      expect(lastBody()).toContain(`"properties":${properties}`)
      gemini.script({ text: SAID })
      await post(path, goneOn(idIn(reply)))
      expect(lastBody()).toContain(`"args":${ARGUMENTS}`)
      expect(
        lastBody().split(ARGUMENTS.slice(1, -1)).length +
          lastBody().split(JSON.stringify(ARGUMENTS).slice(1, -1)).length,
      ).toBeGreaterThanOrEqual(4)
      expect(Object.keys({})).toEqual([])
    })
  },
)

test('a body nested too deeply is refused in each family’s words', async () => {
  const deep = `{"model":"${MODEL}","messages":${'['.repeat(101)}${']'.repeat(101)}}`
  for (const path of ['/v1/chat/completions', '/v1/messages', NATIVE]) {
    const { status, reply } = await askRaw(gateway.url, path, [], deep)
    given.push(reply)
    expect([status, /deeper than 100 levels/.test(reply)]).toEqual([400, true])
  }
  expect(gemini.requests).toEqual([])
})

test('no key, and no prompt, in anything that left us', () => {
  const outputs = [...given, ...gateway.logs.map(({ text }) => text)].join('\n')
  for (const canary of [CLIENT_KEY, ...GEMINI_KEYS, 'canary-other-key']) expect(outputs).not.toContain(canary)
  expect(gateway.logs.map(({ text }) => text).join('\n')).not.toMatch(/canary|größer/)
  expect(gateway.logs.filter(({ source }) => source === 'platform')).toEqual([])
})
