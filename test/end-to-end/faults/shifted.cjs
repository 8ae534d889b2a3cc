// Loaded into a function's process before anything else: its clock is off by as many milliseconds as a file says.
'use strict'
const { readFileSync } = require('node:fs')
const shift = Number(readFileSync(process.env.CLOCK_SHIFT, 'utf8'))
const Plain = Date
globalThis.Date = class extends Plain {
  constructor(...parts) {
    super(...(parts.length > 0 ? parts : [Plain.now() + shift]))
  }
  static now() {
    return Plain.now() + shift
  }
}
