// What the official SDK makes of our errors.
import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, test } from '@jest/globals'
import { messages } from '../../lib/anthropic/index.ts'
import { asGatewayError, type ErrorKind, GatewayError } from '../../lib/errors.ts'

describe('errors are what the SDK knows them by', () => {
  const thrownFor = async (error: GatewayError): Promise<InstanceType<typeof Anthropic.APIError>> => {
    const { status, headers, body } = messages.error(error, 'req_9')
    const fetch = async (): Promise<Response> => Response.json(body, { status, headers })
    const client = new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 })
    const request = client.messages.create({ model: 'm', max_tokens: 1, messages: [] })
    return await request.then(
      () => Promise.reject(new Error('was no error')),
      (thrown: unknown) => thrown as InstanceType<typeof Anthropic.APIError>,
    )
  }

  test.each<[ErrorKind, new (...args: never[]) => Error]>([
    ['invalid_request', Anthropic.BadRequestError],
    ['context_too_long', Anthropic.BadRequestError],
    ['authentication', Anthropic.AuthenticationError],
    ['permission', Anthropic.PermissionDeniedError],
    ['not_found', Anthropic.NotFoundError],
    ['model_not_found', Anthropic.NotFoundError],
    ['quota_minute', Anthropic.RateLimitError],
    ['quota_day', Anthropic.RateLimitError],
    ['overloaded', Anthropic.InternalServerError],
    ['upstream', Anthropic.InternalServerError],
    ['timeout', Anthropic.InternalServerError],
  ])('%s', async (kind, type) => {
    const error = await thrownFor(new GatewayError(kind, 'Why.'))
    expect(error).toBeInstanceOf(type)
    expect(error.requestID).toBe('req_9')
    expect(error.message).toContain('Why.')
  })

  test('a prompt that is too long says by how much, in the words that Claude Code waits for', async () => {
    const message = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'
    const error = await thrownFor(new GatewayError('context_too_long', message))
    expect(error.message).toMatch(/prompt is too long: 1200000 tokens > 1048576 maximum/)
  })

  test('a thread is refused by the code that makes the SDK go on without one', async () => {
    const refused = (): unknown =>
      messages.parse({
        model: 'm',
        max_tokens: 1,
        messages: [{ role: 'user', content: 'Hi' }],
        thread: { type: 'create' },
      })
    let error: unknown
    try {
      refused()
    } catch (thrown) {
      error = thrown
    }
    expect(await thrownFor(asGatewayError(error))).toBeInstanceOf(Anthropic.Messages.ThreadUnsupportedRequestError)
  })
})
