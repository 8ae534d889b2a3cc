// Loaded into a function's process before the runtime interface client (`node --require`). The client is AWS's own; what is
// replaced is what it takes from outside itself:
//  - its native part, which would need a compiler to install: the same three calls, over node:http;
//  - with AWS_LAMBDA_MAX_CONCURRENCY: one response at a time, worker threads, and log lines written past the event loop
//    (which throws when the pipe is full).
'use strict'
const http = require('node:http')
const Module = require('node:module')
const net = require('node:net')
const workerThreads = require('node:worker_threads')

/** Where infra/local/environment.ts keeps a pipe open for as long as it lives. */
const LIFELINE = 3
const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new http.Agent({ keepAlive: true })

/** Without the Runtime API there is nothing to live for. */
const leave = () => process.exit(1)
new net.Socket({ fd: LIFELINE, readable: true, writable: false }).on('close', leave).on('error', leave).resume().unref()

const call = (method, path, headers, body) =>
  new Promise((resolve) => {
    const request = http.request({ hostname, port, method, path: `/2018-06-01/runtime${path}`, headers, agent })
    request.on('error', leave)
    request.on('response', (response) => {
      const chunks = []
      response.on('error', leave)
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ headers: response.headers, bodyJson: Buffer.concat(chunks).toString() }))
    })
    request.end(body)
  })

const post = (path, body) =>
  void call('POST', path, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }, body)

const rapidClient = {
  initializeClient() {},
  next: () => call('GET', '/invocation/next', {}),
  done: (id, body) => post(`/invocation/${id}/response`, body),
  error: (id, body) => post(`/invocation/${id}/error`, body),
}

class ManyResponses extends http.Agent {
  constructor(options) {
    super({ ...options, maxSockets: Number.POSITIVE_INFINITY })
  }
}

const replacements = {
  './rapid-client.node': () => rapidClient,
  ...(process.env.AWS_LAMBDA_MAX_CONCURRENCY && {
    'node:http': () => ({ ...http, Agent: ManyResponses }),
    'node:worker_threads': () => ({ ...workerThreads, isMainThread: false }),
    'node:fs': (fs) => ({ ...fs, writeSync: (_descriptor, line) => process.stdout.write(line) }),
  }),
}

const load = Module._load
Module._load = function (request, parent, ...rest) {
  const replace = parent?.filename?.endsWith('/aws-lambda-ric/index.mjs') ? replacements[request] : undefined
  return replace
    ? replace(request.startsWith('node:') && load.call(this, request, parent, ...rest))
    : load.call(this, request, parent, ...rest)
}
