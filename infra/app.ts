// The CDK app. `npx cdk deploy` runs it through cdk.json; `npm run synth` runs it alone, with the same context.
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { bundle } from './bundle.ts'
import { contextOf } from './context.ts'
import { GatewayStack } from './gateway-stack.ts'
import { readSettings, type Settings } from './settings.ts'

const root = join(import.meta.dirname, '..')

const settingsOf = (app: App): Settings => {
  try {
    return readSettings(app.node.getAllContext())
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

const underCli = process.env.CDK_OUTDIR !== undefined
const app = new App(underCli ? {} : { context: contextOf(process.argv.slice(2)), outdir: join(root, 'cdk.out') })
const settings = settingsOf(app)
const { folder } = await bundle()
const { templateFile } = new GatewayStack(app, 'Triglot', { settings, asset: folder })
app.synth()
if (!underCli) console.log(`cdk.out/${templateFile}`)
