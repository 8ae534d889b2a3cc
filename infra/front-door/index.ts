import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import * as apigateway from 'aws-cdk-lib/aws-apigateway'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Family } from '../family.ts'
import type { Settings } from '../settings.ts'
import { GATEWAY_REPLIES, type GatewayReply, gatewayReplyBody } from './gateway-replies.ts'
import { ROUTES, STAGE, type Target } from './routes.ts'
import { googleMethod } from './upload-method.ts'
import { WebAcl } from './web-acl.ts'

export interface FrontDoorProps {
  handlers: Record<Family, LambdaFunction>
  settings: Settings
}

interface Method {
  integration: apigateway.Integration
  options: apigateway.MethodOptions
}

/** One address before all three functions: a regional REST API that streams what they answer. */
export class FrontDoor extends Construct {
  /** `https://host`, with the stage where there is no domain; no slash at its end. */
  readonly origin: string
  /** Where the DNS record of its own domain has to point. */
  readonly domainTarget: string | undefined
  readonly firewall: WebAcl | undefined
  readonly api: apigateway.RestApi

  constructor(scope: Construct, id: string, { handlers, settings }: FrontDoorProps) {
    super(scope, id)
    const { domainName, certificateArn } = settings

    const api = new apigateway.RestApi(this, 'Api', {
      restApiName: Stack.of(this).stackName,
      description: 'Triglot: one address for OpenAI, Anthropic and Gemini clients',
      // The others end a stream after 30 s without a byte; this one waits for five minutes.
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // Parts of uploaded files come as "application/json" or without a type, and as text their bytes would be spoiled.
      binaryMediaTypes: ['*/*'],
      cloudWatchRole: settings.accessLogs,
      disableExecuteApiEndpoint: domainName !== undefined,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: settings.requestRate,
        throttlingBurstLimit: 2 * settings.requestRate,
        tracingEnabled: settings.tracing,
        ...(settings.accessLogs && this.accessLogs(settings)),
      },
    })
    this.api = api
    // The stack's own outputs tell the addresses.
    api.node.tryRemoveChild('Endpoint')
    const toFunction = (handler: LambdaFunction): Method => ({
      integration: new apigateway.LambdaIntegration(handler, {
        responseTransferMode: apigateway.ResponseTransferMode.STREAM,
        timeout: Duration.seconds(settings.timeout),
        scopePermissionToMethod: false,
      }),
      options: {},
    })
    const methods: Record<Target, Method> = {
      openai: toFunction(handlers.openai),
      anthropic: toFunction(handlers.anthropic),
      gemini: toFunction(handlers.gemini),
      google: googleMethod(settings),
    }
    for (const [route, target] of Object.entries(ROUTES)) {
      const [method = '', path = ''] = route.split(' ')
      const { integration, options } = methods[target]
      api.root.resourceForPath(path).addMethod(method, integration, options)
    }
    for (const [name, reply] of Object.entries(GATEWAY_REPLIES)) addReply(api, name, reply, settings.allowedOrigins)

    const { stageArn } = api.deploymentStage
    this.firewall = settings.firewall ? new WebAcl(this, 'Firewall', { stageArn }) : undefined
    const domain =
      domainName !== undefined && certificateArn !== undefined
        ? api.addDomainName('Domain', {
            domainName,
            certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
            endpointType: apigateway.EndpointType.REGIONAL,
            securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
          })
        : undefined
    this.domainTarget = domain?.domainNameAliasDomainName
    const { region, urlSuffix } = Stack.of(this)
    this.origin = `https://${domainName ?? `${api.restApiId}.execute-api.${region}.${urlSuffix}/${STAGE}`}`
    this.explain(settings)
  }

  private accessLogs({ logRetention }: Settings): apigateway.StageOptions {
    const group = new LogGroup(this, 'AccessLogs', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY })
    return {
      accessLogDestination: new apigateway.LogGroupLogDestination(group),
      accessLogFormat: apigateway.AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
    }
  }

  private explain({ accessLogs, firewall, tracing }: Settings): void {
    const explain = (id: string, reason: string): void => Validations.of(this).acknowledge({ id, reason })
    const own = 'The functions check a client key of their own on every request, as the SDKs send it.'
    explain('AwsSolutions-APIG4', own)
    explain('AwsSolutions-COG4', own)
    explain('AwsSolutions-APIG2', 'The functions read each body against its protocol and answer in its own form.')
    explain(
      'AwsSolutions-APIG6',
      'Execution logs would hold clients’ prompts and keys; the functions log each request.',
    )
    if (!tracing) explain('Serverless-APIGWXrayEnabled', 'It costs extra, so it stands behind the setting `tracing`.')
    if (!firewall) explain('AwsSolutions-APIG3', 'It bills while idle, so it stands behind the setting `firewall`.')
    if (accessLogs) {
      explain(
        `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${LOGGING_POLICY}]`,
        'The role is API Gateway’s for the whole account and region, so it has AWS’s own policy.',
      )
      return
    }
    const optional =
      'They need a role that all APIs of the account share, so they stand behind the setting `accessLogs`.'
    explain('AwsSolutions-APIG1', optional)
    explain('Serverless-APIGWAccessLogging', optional)
  }
}

const LOGGING_POLICY = 'AmazonAPIGatewayPushToCloudWatchLogs'

/** What a line of the access log says: no query, since clients may have their key in it. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  functionRequestId: '$context.awsEndpointRequestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  error: '$context.error.responseType',
  firewall: '$context.waf.status',
}

const addReply = (
  api: apigateway.RestApi,
  name: string,
  reply: GatewayReply,
  allowedOrigins: readonly string[],
): void => {
  api.addGatewayResponse(name, {
    type: apigateway.ResponseType.of(name),
    ...(reply.status !== undefined && { statusCode: String(reply.status) }),
    responseHeaders: {
      'x-request-id': 'context.requestId',
      ...(reply.retryAfter !== undefined && { 'retry-after': `'${reply.retryAfter}'` }),
      ...(allowedOrigins.includes('*') && { 'access-control-allow-origin': "'*'" }),
    },
    templates: { 'application/json': JSON.stringify(gatewayReplyBody(reply, '$context.requestId')) },
  })
}
