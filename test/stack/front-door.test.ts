import { describe, expect, jest, test } from '@jest/globals'
import { Match } from 'aws-cdk-lib/assertions'
import { GATEWAY_REPLIES } from '../../infra/front-door/gateway-replies.ts'
import { ROUTES } from '../../infra/front-door/routes.ts'
import { OPTIONS, type Resource, synth } from './synth.ts'

// Processes and templates take their time on a busy machine.
jest.setTimeout(60_000)

const { json, ofType, template } = synth({ frontDoor: 'api', timeout: 600 })

/** The resource that a value refers to, whether by Ref or by one of its attributes. */
const referred = (value: unknown): string => {
  const [, id = ''] = /"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(JSON.stringify(value)) ?? []
  return id
}

const pathOf = (reference: unknown): string => {
  const resource = json.Resources[referred(reference)]
  if (resource?.Type !== 'AWS::ApiGateway::Resource') return ''
  return `${pathOf(resource.Properties.ParentId)}/${String(resource.Properties.PathPart)}`
}

interface Integration {
  Type: string
  Uri: unknown
  [name: string]: unknown
}

/** Method and path → integration, read back from the template. */
const methods = new Map(
  ofType('AWS::ApiGateway::Method').map(({ Properties }) => [
    `${String(Properties.HttpMethod)} ${pathOf(Properties.ResourceId) || '/'}`,
    { ...Properties, integration: Properties.Integration as Integration },
  ]),
)

const FUNCTIONS: Record<string, RegExp> = { openai: /^OpenAI/, anthropic: /^Anthropic/, gemini: /^Gemini/ }

describe('the REST API', () => {
  test('has the routes that the local run obeys, and no other', () => {
    expect([...methods.keys()].sort()).toEqual(Object.keys(ROUTES).sort())
    for (const [route, target] of Object.entries(ROUTES)) {
      const { Type, Uri } = methods.get(route)?.integration ?? { Type: 'none', Uri: '' }
      const [uri] = /"(Ref|Fn::GetAtt)":\["(\w+)","Arn"\]/.exec(JSON.stringify(Uri)) ?? ['']
      if (target === 'google') expect([route, Type]).toEqual([route, 'HTTP'])
      else
        expect([route, referred(JSON.parse(`{${uri}}`))]).toEqual([
          route,
          expect.stringMatching(FUNCTIONS[target] ?? ''),
        ])
    }
  })

  test('streams, for as long as a function may run', () => {
    for (const [route, { integration }] of methods) {
      if (ROUTES[route] === 'google') continue
      expect(integration).toMatchObject({ Type: 'AWS_PROXY', ResponseTransferMode: 'STREAM', TimeoutInMillis: 600_000 })
      expect(JSON.stringify(integration.Uri)).toContain('/response-streaming-invocations')
    }
  })

  test('is regional, takes bytes as they are, lets in so many requests a second', () => {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['REGIONAL'] },
      BinaryMediaTypes: ['*/*'],
    })
    const limits = { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 7, ThrottlingBurstLimit: 14 }
    synth({ frontDoor: 'api', requestRate: '7' }).template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [Match.objectLike(limits)],
    })
  })

  test('alone may call the functions', () => {
    template.resourceCountIs('AWS::Lambda::Url', 0)
    const permissions = ofType('AWS::Lambda::Permission')
      .map(({ Properties }) => Properties)
      .filter(({ Principal }) => Principal !== 'secretsmanager.amazonaws.com')
    expect(permissions).toHaveLength(3)
    for (const permission of permissions) {
      expect(permission).toMatchObject({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' })
      expect(JSON.stringify(permission.SourceArn)).toMatch(/:execute-api:.*"Ref":"FrontDoorApi/)
    }
  })

  test('is the one base URL of every family', () => {
    const outputs = Object.entries(json.Outputs).filter(([name]) => name.endsWith('BaseUrl'))
    expect(
      outputs.map(([, { Value }]) => JSON.stringify(Value)).map((text) => text.replace('/api/v1"', '/api"')),
    ).toEqual(Array.from({ length: 3 }, () => JSON.stringify(json.Outputs.GeminiBaseUrl?.Value)))
    expect(JSON.stringify(json.Outputs.GeminiBaseUrl?.Value)).toMatch(/"https:\/\/",.*"\.execute-api\.",.*"\/api"/)
  })

  test('beside the URLs leaves them as they are', () => {
    const [urls, both] = [synth(), synth({ frontDoor: 'both' })].map(({ json }) =>
      Object.entries(json.Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Url'),
    )
    expect(both).toEqual(urls)
  })

  test('keeps roles as narrow as they are without it', () => {
    const roles = (settings: Record<string, unknown>): Resource[] => synth(settings).ofType('AWS::IAM::Role')
    expect(roles({ frontDoor: 'api' })).toEqual(roles({}))
  })
})

describe('the way of large files', () => {
  const { integration, RequestParameters, MethodResponses } = methods.get(
    'POST /upload-session/{proxy+}',
  ) as unknown as {
    integration: Integration
    RequestParameters: Record<string, boolean>
    MethodResponses: { StatusCode: string }[]
  }

  test('leads to Google’s upload, and to nothing else there', () => {
    expect(integration.Uri).toBe('https://generativelanguage.googleapis.com/upload/{proxy}')
    expect(integration.IntegrationHttpMethod).toBe('POST')
  })

  test('passes what is named, each from the client’s own, and no key', () => {
    const passed = integration.RequestParameters as Record<string, string>
    expect(Object.keys(passed).sort()).toEqual(
      [
        'path.proxy',
        'header.content-type',
        'header.x-goog-upload-command',
        'header.x-goog-upload-offset',
        'querystring.upload_id',
        'querystring.upload_protocol',
      ]
        .map((name) => `integration.request.${name}`)
        .sort(),
    )
    for (const [there, here] of Object.entries(passed)) {
      expect(here).toBe(there.replace('integration', 'method'))
      expect(RequestParameters).toHaveProperty([here])
    }
  })

  test('answers with Google’s status, headers and, where the method declares them, nothing more', () => {
    const answers = integration.IntegrationResponses as { StatusCode: string; SelectionPattern?: string }[]
    expect(answers.map(({ StatusCode }) => StatusCode)).toEqual(MethodResponses.map(({ StatusCode }) => StatusCode))
    for (const { StatusCode, SelectionPattern } of answers.slice(0, -1)) expect(SelectionPattern).toBe(StatusCode)
    expect(answers.at(-1)).toEqual(expect.objectContaining({ StatusCode: '502' }))
    expect(answers.at(-1)).not.toHaveProperty('SelectionPattern')
  })

  test.each([
    [['*'], '*'],
    [['https://a.example'], 'https://a.example'],
    [['https://a.example', 'https://b.example'], undefined],
  ])('can be read by pages of %j', (allowedOrigins, origin) => {
    const text = JSON.stringify(synth({ frontDoor: 'api', allowedOrigins }).json)
    const header = '"method.response.header.access-control-allow-origin":'
    expect(text.includes(header)).toBe(origin !== undefined)
    if (origin !== undefined) expect(text).toContain(`${header}"'${origin}'"`)
  })
})

test('F24 what API Gateway says itself is JSON that says what, and whose request it was', () => {
  const replies = ofType('AWS::ApiGateway::GatewayResponse').map(({ Properties }) => Properties)
  expect(replies.map(({ ResponseType }) => String(ResponseType)).sort()).toEqual(Object.keys(GATEWAY_REPLIES).sort())
  for (const { ResponseTemplates, ResponseParameters } of replies) {
    const [body = ''] = Object.values(ResponseTemplates as Record<string, string>)
    expect(JSON.parse(body)).toMatchObject({ type: 'error', request_id: '$context.requestId', error: { param: null } })
    expect(ResponseParameters).toMatchObject({ 'gatewayresponse.header.x-request-id': 'context.requestId' })
  }
})

describe('with everything', () => {
  const all = synth(OPTIONS['a REST API with everything'])

  test('it answers under its own domain alone', () => {
    all.template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'llm.example.com',
      RegionalCertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c',
      SecurityPolicy: 'TLS_1_2',
    })
    all.template.hasResourceProperties('AWS::ApiGateway::BasePathMapping', { BasePath: Match.absent() })
    all.template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true })
    expect(all.json.Outputs.OpenAIBaseUrl?.Value).toBe('https://llm.example.com/v1')
    expect(all.json.Outputs.DomainTarget).toBeDefined()
  })

  test('it logs each request, without what clients may put into a query', () => {
    const [stage] = all.ofType('AWS::ApiGateway::Stage')
    const { Format } = (stage?.Properties.AccessLogSetting ?? {}) as { Format: string }
    expect(Object.keys(JSON.parse(Format) as object)).toEqual(expect.arrayContaining(['requestId', 'status', 'path']))
    expect(Format).not.toMatch(/query|header|userAgent/i)
  })

  test('it is behind a firewall that blocks nobody for a prompt', () => {
    all.template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      ResourceArn: Match.objectLike({ 'Fn::Join': Match.anyValue() }),
    })
    const [acl] = all.ofType('AWS::WAFv2::WebACL')
    const rules = acl?.Properties.Rules as {
      Statement: {
        ManagedRuleGroupStatement?: { Name: string; RuleActionOverrides: { Name: string; ActionToUse: object }[] }
      }
    }[]
    const groups = rules.flatMap(({ Statement: { ManagedRuleGroupStatement: group } }) => (group ? [group] : []))
    // The rules on bodies of the two groups that have any, as AWS documents them.
    const counted = Object.fromEntries(
      groups.map(({ Name, RuleActionOverrides }) => [
        Name,
        RuleActionOverrides.filter(({ Name, ActionToUse }) => Name.endsWith('_BODY') && 'Count' in ActionToUse).length,
      ]),
    )
    expect(counted).toEqual({
      AWSManagedRulesAmazonIpReputationList: 0,
      AWSManagedRulesKnownBadInputsRuleSet: 3,
      AWSManagedRulesCommonRuleSet: 5,
    })
  })
})

describe('in every class of regions, without a look-up', () => {
  const REGIONS = { aws: 'eu-west-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' }

  test.each(Object.entries(REGIONS))('%s: everything', (partition, region) => {
    const certificateArn = `arn:${partition}:acm:${region}:123456789012:certificate/0a1b2c`
    const env = { account: '123456789012', region }
    const { app, json } = synth({ ...OPTIONS['a REST API with everything'], certificateArn }, env)
    expect(app.synth().manifest.missing ?? []).toEqual([])
    const partitions = [...JSON.stringify(json).matchAll(/arn:(aws[\w-]*):/g)].map(([, found]) => found)
    expect(new Set(partitions)).toEqual(new Set([partition]))
  })

  test('function URLs wherever there are any; elsewhere CDK says so', () => {
    const account = '123456789012'
    expect(synth({}, { account, region: REGIONS['aws-cn'] }).ofType('AWS::Lambda::Url')).toHaveLength(3)
    expect(() => synth({}, { account, region: REGIONS['aws-us-gov'] })).toThrow(/AWS::Lambda::Url.*does not exist/)
  })
})

// A new logical id means a new resource: an address that clients know would be gone.
test('what clients know keeps its logical id from one version to the next', () => {
  const { json } = synth(OPTIONS['a REST API with everything'])
  const lasting = /^AWS::(ApiGateway::(RestApi|Stage|DomainName|BasePathMapping)|WAFv2::.*)$/
  const ids = Object.entries(json.Resources)
    .filter(([, { Type }]) => lasting.test(Type))
    .map(([id]) => id)
  expect(ids).toMatchInlineSnapshot(`
[
  "FrontDoorApi9446D656",
  "FrontDoorApiDeploymentStageapiEE53B948",
  "FrontDoorApiDomainB411EEBD",
  "FrontDoorApiDomainMapTriglotFrontDoorApi220F269755A8CF77",
  "FrontDoorFirewallAcl701795D2",
  "FrontDoorFirewallAssociationB2D2E6BB",
]
`)
})
