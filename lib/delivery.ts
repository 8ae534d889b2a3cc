import { asGatewayError, type GatewayError } from './errors.ts'
import type { Flow } from './gemini/flow.ts'
import type { Answer } from './gemini/reply/reader.ts'
import type { TurnEnd } from './gemini/turn.ts'
import type { Reply } from './http/exchange.ts'
import { EVENT_STREAM_HEADERS, withoutLineEnds } from './http/sse.ts'
import type { Keeper, Making } from './keeper.ts'
import type { Asked, Closing, StreamWriter } from './protocol.ts'
import { ReplyBody } from './reply-body.ts'

/** Milliseconds of silence before the status goes out, and between keep-alives. */
const COMMIT_AFTER = 20_000
const PING_EVERY = 10_000

/** The reply in one piece. Throws what broke the turn off. */
export const wholeReply = async <Body extends Asked>(
  { protocol, body, stamp }: Making<Body>,
  { reader, flow }: Answer,
  keeper: Keeper,
): Promise<Reply> => {
  reader.listen(keeper.note)
  await new Promise<void>((resolve, reject) => {
    flow.start(
      () => {},
      (error) => (error ? reject(error) : resolve()),
    )
  })
  const closing = await keeper.close()
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(protocol.reply(keeper.turn(), body, stamp, closing)),
  }
}

/** The reply as a stream. Throws what is to be the status: what fails before content, or before silence makes the status ours. */
export const streamReply = async (
  opening: Promise<Answer>,
  writer: StreamWriter,
  ping: string,
  keeper: Pick<Keeper, 'note' | 'close'> = KEEPS_NOTHING,
): Promise<Reply> => {
  await openedOrSilent(opening)
  return { status: 200, headers: { ...EVENT_STREAM_HEADERS }, body: streamTurn(opening, writer, ping, keeper) }
}

const KEEPS_NOTHING: Pick<Keeper, 'note' | 'close'> = {
  note: () => undefined,
  close: () => ({ completed: 0, stored: false }),
}

/** Its timer ends with the waiting: left to run, it would hold the whole answer for as long. */
const openedOrSilent = (opening: Promise<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    const silent = setTimeout(resolve, COMMIT_AFTER).unref()
    opening.then(() => resolve(), reject).finally(() => clearTimeout(silent))
  })

/**
 * The reply as a stream. Between upstream's reads and ours nothing is awaited: bytes in, events out, one string on; only
 * before the last event may something be kept first.
 */
const streamTurn = (
  opening: Promise<Answer>,
  writer: StreamWriter,
  ping: string,
  keeper: Pick<Keeper, 'note' | 'close'>,
): ReplyBody => {
  let flow: Flow | undefined
  let out = writer.start()
  const body = new ReplyBody({
    read: () => flow?.resume(),
    // The client is gone: what still comes is read for the books, and dropped.
    destroy: (error, done) => {
      flow?.resume()
      done(error)
    },
  })
  const idle = setTimeout(() => {
    if (body.readableLength === 0) body.push(ping)
    idle.refresh()
  }, PING_EVERY)

  const flush = (): void => {
    if (out === '' || body.destroyed) return
    const text = withoutLineEnds(out)
    out = ''
    idle.refresh()
    if (!body.push(text)) flow?.pause()
  }
  const finish = (last: string): void => {
    clearTimeout(idle)
    body.finish(withoutLineEnds(out + last))
  }
  const fail = (error: GatewayError): void => {
    clearTimeout(idle)
    body.breakOff(withoutLineEnds(out + writer.fail(error)))
  }

  opening
    .then(({ reader, flow: opened }) => {
      let end: TurnEnd | undefined
      flow = opened
      reader.listen((event) => {
        keeper.note(event)
        if (event.type === 'end') end = event
        else out += writer.write(event)
      })
      opened.start(flush, (error) => {
        if (error) return fail(error)
        const close = (closing: Closing): void => {
          try {
            finish(end ? writer.write(end, closing) : '')
          } catch (thrown) {
            fail(asGatewayError(thrown))
          }
        }
        const closing = keeper.close()
        if (closing instanceof Promise) void closing.then(close)
        else close(closing)
      })
    })
    .catch((thrown: unknown) => {
      const error = asGatewayError(thrown)
      fail(error)
      flow?.cut(error)
    })
  return body
}
