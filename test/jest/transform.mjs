// Jest runs TypeScript through esbuild, so that no second compiler is needed (ts-jest refuses TypeScript 7).
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'

const own = readFileSync(new URL(import.meta.url))

export default {
  canInstrument: false,
  getCacheKey: (source, file) => createHash('sha1').update(own).update(source).update(file).digest('hex'),
  process: (source, file) => ({
    code: transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node24',
      sourcemap: 'inline',
      sourcefile: file,
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    }).code,
  }),
}
