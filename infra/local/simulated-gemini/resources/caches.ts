// Cached contents: https://ai.google.dev/api/caching

import { invalid, invalidFields } from '../errors.ts'
import { type Exchange, ok, type Reply } from '../exchange.ts'
import { type Json, objectsOf, stringsOf, textOf } from '../json.ts'
import { readMessage } from '../messages/read.ts'
import { jsonBody } from '../methods/generate.ts'
import { findModel } from '../models.ts'
import { countRequest, totalOf } from '../replies/tokens.ts'
import { checkContents, checkResults } from '../rules/contents.ts'
import { collect } from '../rules/lines.ts'
import { checkFiles, noCache } from '../rules/resources.ts'
import { checkTools } from '../rules/tools.ts'
import { newName, type Owned, timestamp } from '../world.ts'
import { page } from './page.ts'

const USUAL_TTL_MS = 3600 * 1000
const LEAST_TOKENS = 1024
const INPUT_ONLY = ['contents', 'systemInstruction', 'tools', 'toolConfig', 'ttl']

export const createCache = (exchange: Exchange): Reply => {
  const body = readMessage('CachedContent', jsonBody(exchange))
  const name = textOf(body.model)
  if (name === '') throw invalidFields(['CreateCachedContentRequest.cached_content.model: model is required.'])
  const model = findModel(name.replace(/^models\//, ''), 'createCachedContent', exchange.version)
  const lines = collect('CreateCachedContentRequest.cached_content')
  if (objectsOf(body.contents).length > 0) checkContents(body, lines)
  checkResults(body, model, lines)
  checkTools(body, model, lines)
  if (lines.found.length > 0) throw invalidFields(lines.found)
  checkFiles(exchange.world, body, exchange.project)
  const totalTokenCount = totalOf(countRequest(body))
  if (totalTokenCount < LEAST_TOKENS)
    throw invalid(
      `Cached content is too small. total_token_count=${totalTokenCount}, min_total_token_count=${LEAST_TOKENS}`,
    )
  const id = newName(exchange.world, 40)
  const now = timestamp(exchange.world.now())
  const value: Json = {
    name: `cachedContents/${id}`,
    model: name,
    displayName: textOf(body.displayName),
    createTime: now,
    updateTime: now,
    expireTime: expiry(exchange, body),
    usageMetadata: { totalTokenCount },
  }
  const hidden = Object.fromEntries(Object.entries(body).filter(([field]) => INPUT_ONLY.includes(field)))
  exchange.world.caches.set(id, { project: exchange.project, value, hidden })
  return ok(value)
}

const expiry = (exchange: Exchange, { ttl, expireTime }: Json): string => {
  if (ttl !== undefined && expireTime !== undefined) throw invalid('Only one of ttl and expire_time can be set.')
  if (expireTime !== undefined) {
    const at = Date.parse(textOf(expireTime))
    if (at <= exchange.world.now()) throw invalid('expire_time must be in the future.')
    return timestamp(at)
  }
  const ms = ttl === undefined ? USUAL_TTL_MS : Number.parseFloat(textOf(ttl)) * 1000
  if (ms <= 0) throw invalid('ttl must be positive.')
  return timestamp(exchange.world.now() + ms)
}

const found = (exchange: Exchange): Owned => {
  const cache = exchange.world.caches.get(exchange.params.cache ?? '')
  if (cache?.project !== exchange.project || Date.parse(textOf(cache.value.expireTime)) <= exchange.world.now())
    throw noCache()
  return cache
}

export const getCache = (exchange: Exchange): Reply => ok(found(exchange).value)

export const listCaches = (exchange: Exchange): Reply => {
  const own = [...exchange.world.caches.values()].filter(
    ({ project, value }) => project === exchange.project && Date.parse(textOf(value.expireTime)) > exchange.world.now(),
  )
  return ok(
    page(
      exchange,
      'cachedContents',
      own.map(({ value }) => value),
      100,
      1000,
    ),
  )
}

/** Only the expiry can change. */
export const patchCache = (exchange: Exchange): Reply => {
  const cache = found(exchange)
  const body = readMessage('CachedContent', jsonBody(exchange))
  const mask = stringsOf((exchange.arrival.query.updateMask ?? '').split(',').filter(Boolean))
  const stray = [...Object.keys(body), ...mask].find((field) => !/^(?:ttl|expireTime|expire_time|name)$/.test(field))
  if (stray !== undefined) throw invalid(`Only ttl and expire_time can be updated, not ${stray}.`)
  const value = { ...cache.value, expireTime: expiry(exchange, body), updateTime: timestamp(exchange.world.now()) }
  exchange.world.caches.set(exchange.params.cache ?? '', { ...cache, value })
  return ok(value)
}

export const deleteCache = (exchange: Exchange): Reply => {
  found(exchange)
  exchange.world.caches.delete(exchange.params.cache ?? '')
  return ok({})
}
