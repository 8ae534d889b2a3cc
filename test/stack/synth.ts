// A stack as tests look at it: with a folder of its own in place of the bundles.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { GatewayStack } from '../../infra/gateway-stack.ts'
import { readSettings } from '../../infra/settings.ts'

const ASSET = join(import.meta.dirname, 'asset')

export interface Resource {
  Type: string
  Properties: Record<string, unknown>
  DeletionPolicy?: string
}

/** The stack as cdk.json and these settings make it. */
export const synth = (settings: Record<string, unknown> = {}) => {
  const file = readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')
  const app = new App({ context: (JSON.parse(file) as { context: Record<string, unknown> }).context })
  const stack = new GatewayStack(app, 'Triglot', { settings: readSettings(settings), asset: () => ASSET })
  const template = Template.fromStack(stack)
  const json = template.toJSON() as { Resources: Record<string, Resource>; Outputs: Record<string, { Value: unknown }> }
  const ofType = (type: string): Resource[] => Object.values(json.Resources).filter(({ Type }) => Type === type)
  return { app, stack, template, json, ofType }
}
