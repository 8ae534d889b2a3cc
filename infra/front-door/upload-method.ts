import { Duration } from 'aws-cdk-lib'
import { HttpIntegration, type Integration, type MethodOptions, PassthroughBehavior } from 'aws-cdk-lib/aws-apigateway'
import type { Settings } from '../settings.ts'
import {
  corsHeaders,
  OTHER_STATUS,
  PASSED_HEADERS,
  PASSED_QUERY,
  RETURNED_HEADERS,
  RETURNED_STATUSES,
} from './upload-session.ts'

/** Pairs of a parameter at Google and the one at our client that it comes from. */
const PARAMETERS = [
  ['path.proxy', 'path.proxy'],
  ...PASSED_HEADERS.map((name) => [`header.${name}`, `header.${name}`] as const),
  ...PASSED_QUERY.map((name) => [`querystring.${name}`, `querystring.${name}`] as const),
] as const

/**
 * API Gateway calls Google's upload by itself. Not as a proxy, which would pass on every header and the whole query, the
 * client's key with them: what is passed is named, one by one, and so is what comes back.
 */
export const googleMethod = ({
  geminiBaseUrl,
  allowedOrigins,
}: Settings): { integration: Integration; options: MethodOptions } => {
  const fixed = corsHeaders(allowedOrigins)
  const returned = [...RETURNED_HEADERS, ...Object.keys(fixed)]
  const statuses = [...RETURNED_STATUSES, OTHER_STATUS].map(String)
  const responseParameters = Object.fromEntries([
    ...RETURNED_HEADERS.map((name) => [`method.response.header.${name}`, `integration.response.header.${name}`]),
    ...Object.entries(fixed).map(([name, value]) => [`method.response.header.${name}`, `'${value}'`]),
  ]) as Record<string, string>
  return {
    integration: new HttpIntegration(`${geminiBaseUrl}/upload/{proxy}`, {
      proxy: false,
      httpMethod: 'POST',
      options: {
        passthroughBehavior: PassthroughBehavior.WHEN_NO_MATCH,
        timeout: Duration.seconds(29),
        requestParameters: Object.fromEntries(
          PARAMETERS.map(([there, here]) => [`integration.request.${there}`, `method.request.${here}`]),
        ),
        integrationResponses: statuses.map((statusCode) => ({
          statusCode,
          // The one without a pattern stands for all statuses that no other names.
          ...(statusCode !== String(OTHER_STATUS) && { selectionPattern: statusCode }),
          responseParameters,
        })),
      },
    }),
    options: {
      requestParameters: Object.fromEntries(
        PARAMETERS.map(([, here]) => [`method.request.${here}`, here === 'path.proxy']),
      ),
      methodResponses: statuses.map((statusCode) => ({
        statusCode,
        responseParameters: Object.fromEntries(returned.map((name) => [`method.response.header.${name}`, true])),
      })),
    },
  }
}
