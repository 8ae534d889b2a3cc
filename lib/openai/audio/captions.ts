/** What was said from one second to another. */
export interface Stretch {
  start: number
  end: number
  text: string
}

/** `01:02:03,456` or, with a dot, `01:02:03.456`. */
const timeOf = (seconds: number, point: ',' | '.'): string => {
  const all = Math.max(0, Math.round(seconds * 1000))
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const clock = [all / 3_600_000, (all / 60_000) % 60, (all / 1000) % 60].map(two).join(':')
  return `${clock}${point}${String(all % 1000).padStart(3, '0')}`
}

/** A blank line would end a cue. */
const lineOf = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')

/** https://www.matroska.org/technical/subtitles.html#srt-subtitles */
export const srtOf = (stretches: readonly Stretch[]): string =>
  stretches
    .map(
      ({ start, end, text }, index) =>
        `${index + 1}\n${timeOf(start, ',')} --> ${timeOf(end, ',')}\n${lineOf(text)}\n\n`,
    )
    .join('')

/** https://www.w3.org/TR/webvtt1/, where `-->`, `<` and `&` in a cue have a meaning of their own. */
export const vttOf = (stretches: readonly Stretch[]): string =>
  `WEBVTT\n\n${stretches
    .map(({ start, end, text }) => {
      const escaped = lineOf(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
      return `${timeOf(start, '.')} --> ${timeOf(end, '.')}\n${escaped}\n\n`
    })
    .join('')}`
