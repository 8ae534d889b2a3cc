// Interactions: turns that Google keeps. https://ai.google.dev/api/interactions-api
import { GoogleError, invalid } from '../errors.ts'
import { type Exchange, ok, type Reply } from '../exchange.ts'
import { type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { findModel } from '../models.ts'
import { proseFor } from '../replies/text.ts'
import { checkFiles } from '../rules/resources.ts'
import { newName, type Owned } from '../world.ts'
import { jsonBody } from './generate.ts'

const FIELDS: ReadonlySet<string> = new Set([
  'input',
  'model',
  'agent',
  'agent_config',
  'background',
  'environment',
  'generation_config',
  'previous_interaction_id',
  'response_format',
  'response_mime_type',
  'response_modalities',
  'service_tier',
  'store',
  'stream',
  'system_instruction',
  'tools',
  'webhook_config',
])

const seconds = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')

const found = (exchange: Exchange, id: string): Owned => {
  const interaction = exchange.world.interactions.get(id)
  if (interaction?.project === exchange.project) return interaction
  throw new GoogleError('NOT_FOUND', 'Requested entity was not found.')
}

/** The texts of an input, and the addresses of what comes with them as parts that the other rules can check. */
const readInput = (input: unknown): { text: string; request: Json } => {
  if (typeof input === 'string') return { text: input, request: {} }
  const items = objectsOf(Array.isArray(input) ? input : [input])
  const flat = items.flatMap((item) => (item.content === undefined ? [item] : contentOf(item.content)))
  return {
    text: flat.map(({ text }) => textOf(text)).join('\n'),
    request: {
      contents: [
        { parts: flat.flatMap(({ uri }) => (typeof uri === 'string' ? [{ fileData: { fileUri: uri } }] : [])) },
      ],
    },
  }
}
const contentOf = (content: unknown): Json[] =>
  typeof content === 'string' ? [{ text: content }] : objectsOf(Array.isArray(content) ? content : [content])

export const createInteraction = (exchange: Exchange): Reply => {
  const body = objectOf(jsonBody(exchange))
  const stray = Object.keys(body).find((name) => !FIELDS.has(name))
  if (stray !== undefined) throw invalid(`Unknown parameter '${stray}'.`)
  if (body.input === undefined) throw invalid("Missing required parameter: 'input'.")
  const { model, agent, previous_interaction_id: previous } = body
  if ((model === undefined) === (agent === undefined)) throw invalid("Exactly one of 'model' and 'agent' must be set.")
  if (model !== undefined) findModel(textOf(model).replace(/^models\//, ''), 'generateContent', exchange.version)
  if (previous !== undefined) found(exchange, textOf(previous))
  const environment = body.environment === undefined ? undefined : environmentFor(exchange, body.environment)
  const { text, request } = readInput(body.input)
  checkFiles(exchange.world, request, exchange.project)
  const now = seconds(exchange.world.now())
  const interaction: Json = {
    id: `v1_${Buffer.from(newName(exchange.world, 34)).toString('base64url')}`,
    status: body.background === true ? 'in_progress' : 'completed',
    created: now,
    updated: now,
    object: 'interaction',
    ...(model === undefined ? { agent } : { model }),
  }
  const output = { type: 'model_output', content: [{ type: 'text', text: proseFor(text) }] }
  const whole: Json = {
    ...interaction,
    ...(environment !== undefined && { environment_id: environment }),
    usage: usageOf(text),
    service_tier: 'standard',
    steps: [output],
  }
  if (body.store !== false)
    exchange.world.interactions.set(textOf(interaction.id), {
      project: exchange.project,
      value: body.background === true ? interaction : whole,
      hidden: {},
    })
  if (body.stream === true) return events(interaction, whole, textOf(output.content[0]?.text))
  return ok(body.background === true ? interaction : whole)
}

/** A new machine, or one that an interaction of the project worked on. */
const environmentFor = (exchange: Exchange, asked: unknown): string => {
  const id = typeof asked === 'string' ? asked : objectOf(asked).environment_id
  if (id === undefined || id === 'remote') return `env_${newName(exchange.world, 24)}`
  const all = [...exchange.world.interactions.values()]
  if (all.some(({ project, value }) => project === exchange.project && value.environment_id === id)) return textOf(id)
  throw new GoogleError('NOT_FOUND', 'Requested entity was not found.')
}

const usageOf = (text: string): Json => {
  const tokens = Math.ceil(text.length / 4)
  return { total_tokens: tokens + 8, total_input_tokens: tokens, total_output_tokens: 8 }
}

/** As recorded: names of events, line feeds alone, and an end like that of other vendors. */
const events = (interaction: Json, { steps: _, ...whole }: Json, text: string): Reply => {
  const { id } = interaction
  const all: [string, Json][] = [
    ['interaction.created', { interaction: { ...interaction, status: 'in_progress' } }],
    ['interaction.status_update', { interaction_id: id, status: 'in_progress' }],
    ['step.start', { index: 0, step: { type: 'model_output' } }],
    ['step.delta', { index: 0, delta: { text, type: 'text' } }],
    ['step.stop', { index: 0 }],
    ['interaction.completed', { interaction: whole }],
  ]
  const lines = all.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify({ ...data, event_type: name })}\n\n`)
  const body = Buffer.from(`${lines.join('')}event: done\ndata: [DONE]\n\n`)
  return { as: 'bytes', status: 200, body, headers: { 'content-type': 'text/event-stream' } }
}

export const getInteraction = (exchange: Exchange): Reply => {
  const interaction = found(exchange, exchange.params.interaction ?? '')
  if (interaction.value.status === 'in_progress')
    interaction.value = { ...interaction.value, status: 'completed', updated: seconds(exchange.world.now()) }
  return ok(interaction.value)
}

export const cancelInteraction = (exchange: Exchange): Reply => {
  const interaction = found(exchange, exchange.params.interaction ?? '')
  interaction.value = { ...interaction.value, status: 'cancelled', updated: seconds(exchange.world.now()) }
  return ok(interaction.value)
}

export const deleteInteraction = (exchange: Exchange): Reply => {
  found(exchange, exchange.params.interaction ?? '')
  exchange.world.interactions.delete(exchange.params.interaction ?? '')
  return ok({})
}
