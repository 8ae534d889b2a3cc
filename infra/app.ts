// The CDK app. `npx cdk deploy` runs it through cdk.json; `npm run synth` runs it alone, with the same context.
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { bundle } from './bundle.ts'
import { contextOf } from './context.ts'
import { GatewayStack } from './gateway-stack.ts'
import { readSettings } from './settings.ts'

const root = join(import.meta.dirname, '..')

/** What was typed or set is wrong: one line says it, and a stack trace would hide that line. */
const orStop = <Read>(read: () => Read): Read => {
  try {
    return read()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

const underCli = process.env.CDK_OUTDIR !== undefined
const context = underCli ? undefined : orStop(() => contextOf(process.argv.slice(2)))
const app = new App(context ? { context, outdir: join(root, 'cdk.out') } : {})
const settings = orStop(() => readSettings(app.node.getAllContext()))
const { folder } = await bundle()
const { templateFile } = new GatewayStack(app, 'Triglot', { settings, asset: folder })
app.synth()
if (!underCli) console.log(`cdk.out/${templateFile}`)
