// What API Gateway itself says where no function is asked. It knows no families, so one body has what the SDKs of all three read.

/** API Gateway's own names: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
export type GatewayReplyName =
  | 'THROTTLED'
  | 'REQUEST_TOO_LARGE'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'WAF_FILTERED'
  | 'INTEGRATION_FAILURE'
  | 'INTEGRATION_TIMEOUT'
  | 'DEFAULT_4XX'
  | 'DEFAULT_5XX'

export interface GatewayReply {
  /** Unset: whatever API Gateway has for the case. */
  status?: number
  /** As Anthropic and OpenAI name it. */
  type: string
  /** As Google names it. */
  googleStatus: string
  message: string
  /** Seconds. */
  retryAfter?: number
}

export const GATEWAY_REPLIES: Record<GatewayReplyName, GatewayReply> = {
  THROTTLED: {
    status: 429,
    type: 'rate_limit_error',
    googleStatus: 'RESOURCE_EXHAUSTED',
    message: 'Too many requests at once; try again in a moment.',
    retryAfter: 1,
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    type: 'request_too_large',
    googleStatus: 'INVALID_ARGUMENT',
    message: 'The request is too large: about 4.5 MB are accepted here, and 10 MB for a part of an uploaded file.',
  },
  // API Gateway's word for a path or method that it does not know.
  MISSING_AUTHENTICATION_TOKEN: {
    status: 404,
    type: 'not_found_error',
    googleStatus: 'NOT_FOUND',
    message: 'There is nothing at this path.',
  },
  WAF_FILTERED: {
    status: 403,
    type: 'permission_error',
    googleStatus: 'PERMISSION_DENIED',
    message: 'The request was stopped by a firewall rule.',
  },
  INTEGRATION_FAILURE: {
    status: 502,
    type: 'api_error',
    googleStatus: 'INTERNAL',
    message: 'The gateway could not answer.',
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    type: 'api_error',
    googleStatus: 'DEADLINE_EXCEEDED',
    message: 'The gateway did not answer in time.',
  },
  DEFAULT_4XX: {
    type: 'invalid_request_error',
    googleStatus: 'INVALID_ARGUMENT',
    message: 'The request was refused before it reached the gateway.',
  },
  DEFAULT_5XX: { type: 'api_error', googleStatus: 'INTERNAL', message: 'The gateway failed.' },
}

/** JSON that an OpenAI, an Anthropic and a Google client each find their error in. */
export const gatewayReplyBody = ({ status, type, googleStatus, message }: GatewayReply, requestId: string): object => ({
  type: 'error',
  error: { type, message, ...(status !== undefined && { code: status }), status: googleStatus, param: null },
  request_id: requestId,
})
