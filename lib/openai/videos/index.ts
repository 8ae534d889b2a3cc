import { asGatewayError, type ErrorKind, GatewayError } from '../../errors.ts'
import { writeJson } from '../../gemini/json.ts'
import { resolveModel } from '../../gemini/naming/aliases.ts'
import { COLLECTIONS } from '../../gemini/resource-names.ts'
import { deleteFile } from '../../gemini/resources/files.ts'
import type { Caller } from '../../gemini/upstream/client.ts'
import { openDownload } from '../../gemini/upstream/download.ts'
import { openJson } from '../../gemini/upstream/unary.ts'
import { readJson } from '../../http/body.ts'
import type { AdmittedRequest, Handler, Reply } from '../../http/exchange.ts'
import { isForm, readForm } from '../../http/form.ts'
import type { RouteHandler } from '../../http/routes.ts'
import { callerOf, type Gateway } from '../../relay.ts'
import { pageOf } from '../paging.ts'
import { endOf, type VideoEnd, type VideoJob, videoObject } from './job.ts'
import { parseVideo, parseVideoForm, toVeo } from './request.ts'

type OnVideo = RouteHandler<AdmittedRequest, 'id'>
type Parts = Pick<Gateway, 'gemini' | 'owners' | 'settings' | 'catalogue' | 'videos' | 'newId' | 'clock'>

/** What Google says of a file that is gone, or that it keeps until it deletes it. */
const GOING: ReadonlySet<ErrorKind> = new Set(['not_found', 'invalid_request', 'permission'])

const DAY = 24 * 3600 * 1000
const JSON_TYPE = { 'content-type': 'application/json' }

const json = (body: unknown): Reply => ({ status: 200, headers: JSON_TYPE, body: JSON.stringify(body) })

const callFrom = (request: AdmittedRequest, asked = ''): Caller => ({
  ...callerOf(request),
  protocol: 'videos',
  asked,
})

/** OpenAI's Videos: Veo's operations, kept by our own ids, so that a client can ask for what it once wanted. */
export const videos = (parts: Parts) => {
  const { gemini, owners, videos: kept, newId, clock, ...naming } = parts

  const write = (client: string, job: VideoJob): Promise<void> => kept.writeVideo(client, job.id, JSON.stringify(job))

  const find = async ({ client }: AdmittedRequest, id: string): Promise<VideoJob> => {
    const found = /^video_[a-z0-9]+$/.test(id) ? await kept.readVideo(client.name, id) : undefined
    if (found === undefined) throw new GatewayError('not_found', `There is no video '${id.slice(0, 100)}'.`)
    return JSON.parse(found) as VideoJob
  }

  /** How far it is. What has ended is kept, and Google not asked again. */
  const look = async (job: VideoJob, request: AdmittedRequest): Promise<VideoJob> => {
    if (job.end) return job
    const client = request.client.name
    const { end, project } = await lookAt(job, request)
    if (!end) return job
    const ended = { ...job, end }
    if ('file' in end && project !== undefined) {
      await owners.note(client, { name: end.file, project, end: end.expires })
    }
    await write(client, ended)
    return ended
  }

  const lookAt = async (
    { id, operation }: VideoJob,
    request: AdmittedRequest,
  ): Promise<{ end: VideoEnd | undefined; project?: string }> => {
    const call = {
      method: 'GET',
      path: `/v1beta/${operation}`,
      headers: JSON_TYPE,
      body: undefined,
      model: '',
      streamed: false,
      affinity: request.client.name,
      names: [{ name: operation, written: id }],
    }
    try {
      const { reply, project } = await openJson(gemini, call, callFrom(request))
      return { end: endOf(reply, clock()), project }
    } catch (thrown) {
      if (asGatewayError(thrown).kind !== 'not_found') throw thrown
      return { end: { at: clock(), code: 'expired', message: 'Gemini no longer knows of this video.' } }
    }
  }

  const create: Handler = async (request) => {
    const wish = isForm(request) ? parseVideoForm(await readForm(request)) : parseVideo(readJson(request))
    const { model } = resolveModel(wish.model, naming)
    if (!model.id.startsWith('veo-')) {
      const message = `model: '${wish.model.slice(0, 100)}' makes no videos`
      throw new GatewayError('invalid_request', message, { param: 'model' })
    }
    const call = {
      method: 'POST',
      path: `/v1beta/models/${model.id}:predictLongRunning`,
      headers: JSON_TYPE,
      body: writeJson(toVeo(wish)),
      model: model.id,
      streamed: false,
      // A message can name it beside the client's other files.
      affinity: request.client.name,
    }
    const { reply, project } = await openJson(gemini, call, callFrom(request, wish.model), wish.seconds)
    const { name: operation } = reply
    if (typeof operation !== 'string') throw new GatewayError('upstream', 'The model service named no operation.')
    const client = request.client.name
    const now = clock()
    const { model: asked, prompt, seconds, size } = wish
    const job = { id: `video_${newId()}`, operation, model: asked, prompt, seconds, size, created: now }
    await owners.note(client, { name: operation, project, end: now + COLLECTIONS.operations.days * DAY })
    await write(client, job)
    return json(videoObject(job, true))
  }

  const retrieve: OnVideo = async (request, { id }) => json(videoObject(await look(await find(request, id), request)))

  const list: Handler = async (request) => {
    const jobs = (await kept.listVideos(request.client.name)).map((text) => JSON.parse(text) as VideoJob)
    const page = pageOf(
      jobs.sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1)),
      request.query,
    )
    const looked = await Promise.all(page.data.map((job) => look(job, request)))
    return json({ ...page, data: looked.map((job) => videoObject(job)) })
  }

  const content: OnVideo = async (request, { id }) => {
    const variant = new URLSearchParams(request.query).get('variant') ?? 'video'
    if (variant !== 'video') {
      const message = `variant: '${variant.slice(0, 100)}' is not there; Gemini gives the video alone`
      throw new GatewayError('invalid_request', message, { param: 'variant' })
    }
    const { end } = await look(await find(request, id), request)
    if (!end) throw new GatewayError('not_found', `${id} is not ready yet; its status says when it is.`)
    if (!('file' in end)) throw new GatewayError('not_found', `${id} has failed: ${end.message}`)
    const { type, body } = await openDownload(gemini, { name: end.file, written: id }, callFrom(request))
    return { status: 200, headers: { 'content-type': type }, body }
  }

  const remove: OnVideo = async (request, { id }) => {
    const { end } = await find(request, id)
    if (end && 'file' in end) {
      try {
        await deleteFile(parts, { name: end.file }, callFrom(request))
      } catch (thrown) {
        // Google has deleted it by itself, or will.
        if (!GOING.has(asGatewayError(thrown).kind)) throw thrown
      }
    }
    await kept.removeVideo(request.client.name, id)
    return json({ id, object: 'video.deleted', deleted: true })
  }

  /** Gemini makes new videos, and changes none. */
  const change: Handler = () => {
    throw new GatewayError(
      'invalid_request',
      'Videos cannot be remixed, edited or extended here, and there are no characters. Make a new one: POST /v1/videos.',
    )
  }

  return { create, retrieve, list, content, remove, change }
}
