import {
  deleteFile,
  type FileParts,
  fileNamed,
  findFile,
  listFiles,
  readContent,
  uploadFile,
} from '../../gemini/resources/files.ts'
import type { Caller } from '../../gemini/upstream/client.ts'
import type { AdmittedRequest, Handler, Reply } from '../../http/exchange.ts'
import { readForm } from '../../http/form.ts'
import type { RouteHandler } from '../../http/routes.ts'
import { callerOf } from '../../relay.ts'
import { pageOf } from '../paging.ts'
import { fileObject } from './reply.ts'
import { parseUpload } from './request.ts'

type OnFile = RouteHandler<AdmittedRequest, 'id'>

const SIZES = { usual: 10_000, most: 10_000 }

const json = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const caller = (request: AdmittedRequest): Caller => ({ ...callerOf(request), protocol: 'files', asked: '' })

/** OpenAI's Files over Gemini's: one store for the clients of all families. */
export const files = (parts: FileParts) => {
  const create: Handler = async (request) =>
    json(fileObject(await uploadFile(parts, parseUpload(await readForm(request)), caller(request))))

  const list: Handler = async (request) => {
    const purpose = new URLSearchParams(request.query).get('purpose')
    const all = (await listFiles(parts, caller(request))).map(fileObject)
    const wanted = purpose === null ? all : all.filter((file) => file.purpose === purpose)
    return json(pageOf(wanted, request.query, SIZES))
  }

  const retrieve: OnFile = async (request, { id }) =>
    json(fileObject(await findFile(parts, fileNamed(id), caller(request))))

  const remove: OnFile = async (request, { id }) => {
    await deleteFile(parts, fileNamed(id), caller(request))
    return json({ id, object: 'file', deleted: true })
  }

  const content: OnFile = async (request, { id }) => {
    const { type, body } = await readContent(parts, fileNamed(id), caller(request))
    return { status: 200, headers: { 'content-type': type }, body }
  }

  return { create, list, retrieve, remove, content }
}
