import { expect, test } from '@jest/globals'
import { eventBorders } from '../../lib/native/borders.ts'

const EVENTS = ['data: one', 'data: two\u00e9', ': a comment', 'data: three']

test.each(['\n', '\r\n', '\r'])('whole events alone go on, whatever the reads, with %j at the ends of lines', (end) => {
  const stream = Buffer.from(`${EVENTS.map((line) => line + end + end).join('')}data: cut`)
  for (let size = 1; size <= stream.length; size++) {
    const borders = eventBorders()
    const given: Buffer[] = []
    for (let at = 0; at < stream.length; at += size) {
      const whole = Buffer.concat(borders.upTo(stream.subarray(at, at + size))).toString()
      if (whole !== '') expect(whole.endsWith(end + end)).toBe(true)
      given.push(Buffer.from(whole))
    }
    expect(Buffer.concat(given).toString()).toBe(stream.toString().slice(0, -'data: cut'.length))
    expect(Buffer.concat(borders.rest()).toString()).toBe('data: cut')
  }
})
