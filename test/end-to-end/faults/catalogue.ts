// What can go wrong at Google's side, and what must come of it: for the client, for the keys, in the books.
import {
  broken,
  type Expected,
  early,
  error,
  healed,
  hopeless,
  late,
  modelGone,
  passed,
  passedFrames,
  type Row,
  refused,
  streamed,
  unchanged,
} from './rows.ts'

const NO_RESPONSES = ['chat', 'messages', 'native'] as const
const FIELD = 'tools[0].function_declarations[0].parameters'
const COMPLAINT = `Invalid JSON payload received. Unknown name "additionalProperties" at '${FIELD}': Cannot find field.`
/** A native client's schema is its own: it hears of it in Google's words, to the letter. */
const UNKNOWN_FIELD: Expected = {
  client: {
    refused: {
      kind: 'invalid_request',
      message: COMPLAINT,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field: FIELD, description: COMPLAINT }],
        },
      ],
    },
  },
  calls: ['schema'],
}
const UNUSABLE = passed((frames) => frames.map((frame) => frame.replace('"STOP"', '"MALFORMED_FUNCTION_CALL"')))
const MALFORMED = 'data: {"candidates": [{"content": {"parts": [{"text": "br\r\n\r\n'
const TOO_LARGE = 'The model service sent more than anybody could read.'
const BROKEN_OFF = 'The model broke off before its answer was complete.'
const UNREADABLE = 'The model service sent something unreadable.'

export const CATALOGUE: Readonly<Record<string, readonly Row[]>> = {
  'F1 reset': [
    early('after the head', { fault: 'reset', bytes: 0 }, 'network'),
    late(
      'after content',
      { fault: 'reset', bytes: 900 },
      broken('upstream', 'The connection to the model service broke.'),
      'network',
    ),
  ],
  'F2 a clean end without a finish reason': [
    early('at once', { fault: 'end' }, 'bad_body'),
    late('after content', { fault: 'end', after: 3 }, broken('upstream', BROKEN_OFF), 'bad_body'),
  ],
  'F3 an end inside an event': [
    early('the first', { fault: 'cut', bytes: 60 }, 'bad_body'),
    late('a later one', { fault: 'cut', bytes: 1000 }, broken('upstream', UNREADABLE), 'bad_body', {
      // A whole reply is shorter than that
      whole: healed(),
    }),
  ],
  'F4 a bare error after the events': [
    early('before content', { fault: 'error-tail', error: 'overloaded' }, 'overload'),
    late('after content', { fault: 'error-tail', after: 3 }, broken('upstream'), 'transient'),
    streamed('that names a project', { fault: 'error-tail', after: 3, error: 'suspended' }, broken('pool_dead')),
  ],
  'F5 an error inside a 200': [
    streamed('before content', { fault: 'error-event', error: 'minute-quota' }, healed('rate_minute'), { rests: true }),
    streamed('after content', { fault: 'error-event', after: 3, error: 'overloaded' }, broken('overloaded')),
  ],
  'F6 framing': [
    streamed(
      'LF',
      { fault: 'framing', lineEnd: '\n' },
      healed(),
      passedFrames((frame) => frame.replaceAll('\r\n', '\n')),
    ),
    streamed(
      'CR',
      { fault: 'framing', lineEnd: '\r' },
      healed(),
      passedFrames((frame) => frame.replaceAll('\r\n', '\r')),
    ),
    streamed(
      'a BOM, comments, several lines of data',
      { fault: 'framing', bom: true, comments: true, multiLine: true },
      healed(),
      passedFrames(
        (frame, index) =>
          `${index === 0 ? '\ufeff' : ''}: keep-alive\r\n\r\n:\r\n${frame.replace(/^data: \{("[a-zA-Z]+": )/, 'data: {\r\ndata: $1')}`,
      ),
    ),
  ],
  'F7 slices': [
    unchanged('of one byte', { fault: 'slices', bytes: 1 }),
    unchanged('of seven bytes', { fault: 'slices', bytes: 7 }),
  ],
  'F9 an event that is no JSON': [
    early('the first', { fault: 'malformed-event' }, 'bad_body'),
    late(
      'a later one',
      { fault: 'malformed-event', after: 3 },
      broken('upstream', UNREADABLE),
      'bad_body',
      passedFrames((frame, index) => (index === 3 ? MALFORMED : frame)),
    ),
  ],
  'F10 not what was asked for': [
    early('HTML with 502', { fault: 'html' }, 'bad_body'),
    early('HTML with 404', { fault: 'html', status: 404 }, 'bad_body'),
    early('HTML with 200', { fault: 'html', status: 200 }, 'bad_body'),
    early('nothing', { fault: 'empty-body' }, 'bad_body'),
    early('nothing, with 500', { fault: 'empty-body', status: 500 }, 'bad_body'),
    unchanged('another content type', { fault: 'content-type', value: 'text/plain' }),
    hopeless(
      'HTML wherever we try',
      { fault: 'html' },
      refused('upstream', ['bad_body', 'bad_body', 'bad_body'], 'The model service answered 502 without a reason.'),
    ),
  ],
  'F11 compressed': [
    unchanged('gzip that nobody asked for', { fault: 'gzip' }),
    unchanged('brotli that nobody asked for', { fault: 'brotli' }),
    early('a bomb', { fault: 'gzip', bomb: 66 }, 'bad_body', {
      // A whole native reply of this length is no longer held back
      native: { whole: { client: { blank: { kind: 'upstream', message: TOO_LARGE } }, calls: ['broken'] } },
    }),
  ],
  'F12 refusals': [
    error('minute-quota', 'rate_minute', { rests: true }),
    error('token-quota', 'rate_minute', { rests: true }),
    error('bare-quota', 'capacity', { rests: true }),
    error('day-quota', 'rate_day', { marked: 'quota_day model' }),
    error('credits-depleted', 'billing', { marked: 'pool_dead project' }),
    error('credits-depleted-402', 'billing', { marked: 'pool_dead project' }),
    error('spending-cap', 'billing_cap', { marked: 'quota_day project' }),
    error('spend-limit', 'spend_window', { marked: 'quota_day project' }),
    error('leaked', 'key_leaked', { marked: 'pool_dead key' }),
    error('suspended', 'project_dead', { marked: 'pool_dead project' }),
    error('access-denied', 'project_dead', { marked: 'pool_dead project' }),
    error('service-disabled', 'project_config', { marked: 'pool_dead project' }),
    error('billing-disabled', 'project_config', { marked: 'pool_dead project' }),
    error('service-blocked', 'config', { marked: 'pool_dead key' }),
    error('no-permission', 'config', { marked: 'pool_dead key' }),
    error('invalid', 'key_dead', { marked: 'pool_dead key' }),
    error('expired', 'key_dead', { marked: 'pool_dead key' }),
    error('key-not-found', 'key_dead', { marked: 'pool_dead key' }),
    error('unauthenticated', 'key_dead', { marked: 'pool_dead key' }),
    error('region', 'region', { marked: 'pool_dead project' }),
    // The second project without a model makes it unknown for a minute: each of a function's cases has its own.
    { ...modelGone('streamed', 'gemini-3.5-flash', NO_RESPONSES), whole: undefined },
    { ...modelGone('whole', 'gemini-3-flash-preview', NO_RESPONSES), streamed: undefined },
    { ...modelGone('streamed, Responses', 'gemini-2.5-pro', ['responses']), whole: undefined },
    { ...modelGone('whole, Responses', 'gemini-3.1-pro-preview', ['responses']), streamed: undefined },
    error('internal', 'transient'),
    hopeless('bad-argument', { fault: 'error', error: 'bad-argument' }, refused('invalid_request', 'caller')),
    hopeless('deadline', { fault: 'error', error: 'deadline' }, refused('timeout', 'deadline')),
    hopeless(
      'a minute quota wherever we try',
      { fault: 'error', error: 'minute-quota' },
      refused('quota_minute', ['rate_minute', 'rate_minute', 'rate_minute']),
      { rests: true },
    ),
  ],
  'F13 an overloaded model': [
    {
      name: 'twice',
      fault: { fault: 'error', error: 'overloaded' },
      times: 2,
      streamed: healed('overload', 'overload'),
      whole: healed('overload', 'overload'),
    },
    hopeless(
      'wherever we try',
      { fault: 'error', error: 'high-demand' },
      refused('overloaded', ['overload', 'overload', 'overload']),
    ),
  ],
  'F16 a redirect': [
    early('is not followed', { fault: 'redirect', location: 'http://127.0.0.1:9/elsewhere' }, 'bad_body'),
  ],
  'F28 what another body heals': [
    error('corrupted-signature', 'signature', {
      native: {
        streamed: refused('invalid_request', 'signature', 'Corrupted thought signature.'),
        whole: refused('invalid_request', 'signature', 'Corrupted thought signature.'),
      },
    }),
    error('schema', 'schema', { native: { streamed: UNKNOWN_FIELD, whole: UNKNOWN_FIELD } }),
  ],
  'an answer that is none': [
    early('an empty STOP', { fault: 'empty-stop' }, 'empty'),
    early('a malformed call', { fault: 'finish', reason: 'MALFORMED_FUNCTION_CALL' }, 'bad_body'),
    late(
      'a malformed call after text',
      { fault: 'finish', reason: 'MALFORMED_FUNCTION_CALL', content: true },
      broken('upstream', "The model's answer was unusable (MALFORMED_FUNCTION_CALL)."),
      'bad_body',
      { native: { streamed: UNUSABLE, whole: UNUSABLE } },
    ),
  ],
}
