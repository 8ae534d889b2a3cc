// Loaded into a function's process before anything else: waits of ten seconds and more are over a hundred times as soon. Shorter
// ones, those for connections and for AWS, stay as they are, for the machine may be busy.
'use strict'
const LONG = 10_000
const TIMES = 100
const { setTimeout: plain } = globalThis
globalThis.setTimeout = (act, milliseconds, ...rest) =>
  plain(act, milliseconds >= LONG ? milliseconds / TIMES : milliseconds, ...rest)
