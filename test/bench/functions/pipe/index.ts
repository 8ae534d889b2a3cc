// Bytes through: what any function costs that calls Gemini and streams the answer.
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true })
const origin = process.env.GEMINI_BASE_URL ?? ''
const HEAD = { statusCode: 200, headers: { 'content-type': 'text/event-stream' } }

export const handler = awslambda.streamifyResponse(async (event: { body: string; rawPath: string }, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, HEAD)
  out.write('')
  await new Promise<void>((resolve, reject) => {
    const call = request(`${origin}${event.rawPath}?alt=sse`, { agent, method: 'POST' }, (response) => {
      response.on('data', (bytes: Buffer) => {
        if (!out.write(bytes)) response.pause()
      })
      out.on('drain', () => response.resume())
      response.on('end', resolve)
      response.on('error', reject)
    })
    call.on('error', reject)
    call.end(event.body)
  })
  out.end()
})
