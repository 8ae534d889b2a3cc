// A stack as tests look at it: with a folder of its own in place of the bundles.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, type Environment } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { GatewayStack } from '../../infra/gateway-stack.ts'
import { readSettings } from '../../infra/settings.ts'

const ASSET = join(import.meta.dirname, 'asset')

export interface Resource {
  Type: string
  Properties: Record<string, unknown>
  DeletionPolicy?: string
}

/** Settings that bring resources of their own, each with what it needs beside it. */
export const OPTIONS: Readonly<Record<string, Record<string, unknown>>> = {
  'nothing set': {},
  'watched closely': { tracing: true, alarmEmail: 'ops@example.com', reservedConcurrency: 20 },
  'a REST API': { frontDoor: 'api' },
  'a REST API beside the URLs': { frontDoor: 'both' },
  'a REST API with everything': {
    frontDoor: 'api',
    domainName: 'llm.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c',
    accessLogs: true,
    firewall: true,
    tracing: true,
  },
}

/** The stack as cdk.json and these settings make it, for any account and region if none is given. */
export const synth = (settings: Record<string, unknown> = {}, env?: Environment) => {
  const file = readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')
  const app = new App({ context: (JSON.parse(file) as { context: Record<string, unknown> }).context })
  const stack = new GatewayStack(app, 'Triglot', { settings: readSettings(settings), asset: () => ASSET, env })
  const template = Template.fromStack(stack)
  const json = template.toJSON() as { Resources: Record<string, Resource>; Outputs: Record<string, { Value: unknown }> }
  const ofType = (type: string): Resource[] => Object.values(json.Resources).filter(({ Type }) => Type === type)
  return { app, stack, template, json, ofType }
}
