// Parts of README.md that are printed from the code: between `<!-- name -->` and `<!-- /name -->`. UPDATE=1 writes them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const file = join(import.meta.dirname, '../README.md')

const placeOf = (name: string): RegExp => new RegExp(`(<!-- ${name} -->\\s+)([^]*?)(\\s+<!-- /${name} -->)`)

/** What README says there; `printed` is written first where that is wanted. */
export const readmePart = (name: string, printed: string): string => {
  const readme = readFileSync(file, 'utf8')
  if (process.env.UPDATE) {
    writeFileSync(
      file,
      readme.replace(placeOf(name), (_, head, __, tail) => `${head}${printed}${tail}`),
    )
  }
  return placeOf(name).exec(readFileSync(file, 'utf8'))?.[2] ?? `README has no <!-- ${name} -->`
}
