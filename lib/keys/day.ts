// Made on first use: it costs milliseconds, and most environments never need it.
const pacificFormat = () =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

/** The wall clock in Los Angeles at an instant, written as if it were UTC. Milliseconds. */
const pacificClock = (instant: number): number => {
  const part = Object.fromEntries(
    pacificFormat()
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  )
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second)
}

/** The next midnight in Los Angeles, when daily quotas start anew, on days of any length. Milliseconds since 1970. */
export const nextPacificMidnight = (now: number): number => {
  const clock = new Date(pacificClock(now))
  const midnight = Date.UTC(clock.getUTCFullYear(), clock.getUTCMonth(), clock.getUTCDate() + 1)
  // The offset at midnight is what counts, and that day's clock change, if any, comes after it.
  const guess = midnight + (Math.floor(now / 1000) * 1000 - clock.getTime())
  return guess + (midnight - pacificClock(guess))
}
