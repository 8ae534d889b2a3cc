// The CDK app. `npx cdk deploy` runs it through cdk.json; `npm run synth` runs it alone, with the same context.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { App } from 'aws-cdk-lib'
import { bundle } from './bundle.ts'
import { GatewayStack } from './gateway-stack.ts'
import { readSettings, type Settings } from './settings.ts'

const root = join(import.meta.dirname, '..')

/** The context that the CDK command line would hand over: cdk.json's, and above it `-c name=value`. */
const ownContext = (): Record<string, unknown> => {
  const { context = [] } = parseArgs({ options: { context: { type: 'string', short: 'c', multiple: true } } }).values
  const file = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }
  const given = context.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const)
  return { ...file.context, ...Object.fromEntries(given) }
}

const settingsOf = (app: App): Settings => {
  try {
    return readSettings(app.node.getAllContext())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

const underCli = process.env.CDK_OUTDIR !== undefined
const app = new App(underCli ? {} : { context: ownContext(), outdir: join(root, 'cdk.out') })
const settings = settingsOf(app)
const { folder } = await bundle()
const { templateFile } = new GatewayStack(app, 'Triglot', { settings, asset: folder })
app.synth()
if (!underCli) console.log(`cdk.out/${templateFile}`)
