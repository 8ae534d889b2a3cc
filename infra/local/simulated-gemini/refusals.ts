// The errors that a key, a project or a fault can be told to give, in Google's status and words.
import {
  badRequest,
  debugInfo,
  errorInfo,
  GoogleError,
  help,
  invalid,
  localized,
  quotaFailure,
  retryInfo,
} from './errors.ts'

export interface Refused {
  /** Without `models/`; empty where the request names none. */
  model: string
  project: string
  /** `StreamGenerateContent`, as the service calls its method. */
  method: string
}

const QUOTA =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. '
const QUOTA_HELP = help('Learn more about Gemini API quotas', 'https://ai.google.dev/gemini-api/docs/rate-limits')

const quota = (metric: string, quotaId: string, limit: string, seconds: number, model: string): GoogleError =>
  new GoogleError(
    'RESOURCE_EXHAUSTED',
    `${QUOTA}\n* Quota exceeded for metric: generativelanguage.googleapis.com/${metric}, limit: ${limit}, model: ${model}\nPlease retry in ${seconds}.939935699s.`,
    [
      QUOTA_HELP,
      quotaFailure([
        {
          quotaMetric: `generativelanguage.googleapis.com/${metric}`,
          quotaId,
          quotaDimensions: { location: 'global', model },
          quotaValue: limit,
        },
      ]),
      retryInfo(seconds),
    ],
  )

const denied = (message: string, reason: string, metadata = {}): GoogleError =>
  new GoogleError('PERMISSION_DENIED', message, [errorInfo(reason, metadata), localized(message)])

const badKey = (message: string): GoogleError =>
  new GoogleError('INVALID_ARGUMENT', message, [errorInfo('API_KEY_INVALID'), localized(message)])

const REFUSALS = {
  invalid: () => badKey('API key not valid. Please pass a valid API key.'),
  expired: () => badKey('API key expired. Please renew the API key.'),
  'key-not-found': () => badKey('API Key not found. Please pass a valid API key.'),
  unauthenticated: () => {
    const message =
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.'
    return new GoogleError('UNAUTHENTICATED', message, [errorInfo('ACCESS_TOKEN_TYPE_UNSUPPORTED')])
  },
  leaked: () =>
    new GoogleError('PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
  suspended: ({ project }: Refused) =>
    denied(`Permission denied: Consumer 'projects/${project}' has been suspended.`, 'CONSUMER_SUSPENDED', {
      consumer: `projects/${project}`,
    }),
  'access-denied': () =>
    new GoogleError('PERMISSION_DENIED', 'Your project has been denied access. Please contact support.'),
  'service-disabled': ({ project }: Refused) =>
    denied(
      `Generative Language API has not been used in project ${project} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=${project} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
      'SERVICE_DISABLED',
      { consumer: `projects/${project}` },
    ),
  'billing-disabled': ({ project }: Refused) =>
    denied(
      `This API method requires billing to be enabled. Please enable billing on project #${project} by visiting https://console.developers.google.com/billing/enable?project=${project} then retry.`,
      'BILLING_DISABLED',
      { consumer: `projects/${project}` },
    ),
  'service-blocked': ({ project, method }: Refused) => {
    const name = `google.ai.generativelanguage.v1beta.GenerativeService.${method}`
    return denied(
      `Requests to this API generativelanguage.googleapis.com method ${name} are blocked.`,
      'API_KEY_SERVICE_BLOCKED',
      { consumer: `projects/${project}`, apiName: 'generativelanguage.googleapis.com', methodName: name },
    )
  },
  'no-permission': () => new GoogleError('PERMISSION_DENIED', 'The caller does not have permission'),
  region: () => new GoogleError('FAILED_PRECONDITION', 'User location is not supported for the API use.'),
  'minute-quota': ({ model }: Refused) =>
    quota('generate_content_paid_tier_requests', 'GenerateRequestsPerMinutePerProjectPerModel', '150', 48, model),
  'token-quota': ({ model }: Refused) =>
    quota(
      'generate_content_paid_tier_input_token_count',
      'GenerateContentPaidTierInputTokensPerModelPerMinute',
      '1000000',
      31,
      model,
    ),
  'day-quota': ({ model }: Refused) =>
    quota('generate_content_free_tier_requests', 'GenerateRequestsPerDayPerProjectPerModel-FreeTier', '250', 13, model),
  'bare-quota': () => new GoogleError('RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).'),
  'credits-depleted': () =>
    new GoogleError(
      'RESOURCE_EXHAUSTED',
      'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing.',
    ),
  'credits-depleted-402': () =>
    new GoogleError(
      'PAYMENT_REQUIRED',
      'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing.',
    ),
  'spending-cap': () =>
    new GoogleError(
      'RESOURCE_EXHAUSTED',
      'Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to manage your project spend cap.',
    ),
  'spend-limit': () =>
    new GoogleError(
      'RESOURCE_EXHAUSTED',
      'You exceeded the spend-based rate limit of your billing account for a 10 minute window. Please retry later.',
    ),
  'model-gone': ({ model }: Refused) =>
    new GoogleError(
      'NOT_FOUND',
      `This model models/${model} is no longer available to new users. Please update your code to use a newer model for the latest features and improvements.`,
    ),
  internal: () =>
    new GoogleError(
      'INTERNAL',
      'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
    ),
  overloaded: () => new GoogleError('UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  'high-demand': () =>
    new GoogleError(
      'UNAVAILABLE',
      'This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.',
    ),
  deadline: () => new GoogleError('DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'),
  cancelled: () =>
    new GoogleError('CANCELLED', 'The operation was cancelled.', [debugInfo('[ORIGINAL ERROR] generic::cancelled: ')]),
  'corrupted-signature': () => invalid('Corrupted thought signature.'),
  'invalid-signature': () => invalid('Thought signature is not valid.'),
  schema: () => {
    const field = 'tools[0].function_declarations[0].parameters'
    const description = `Invalid JSON payload received. Unknown name "additionalProperties" at '${field}': Cannot find field.`
    return badRequest([{ field, description }])
  },
  'bad-argument': () => invalid('Request contains an invalid argument.'),
  'input-too-long': () =>
    invalid('The input token count (1048999) exceeds the maximum number of tokens allowed (1048576).'),
} satisfies Record<string, (refused: Refused) => GoogleError>

export type ErrorName = keyof typeof REFUSALS

export const ERROR_NAMES = Object.keys(REFUSALS) as ErrorName[]

export const refusal = (name: ErrorName, refused: Refused): GoogleError => REFUSALS[name](refused)
