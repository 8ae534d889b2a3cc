// Which path goes where on an address that serves all three families: the REST API is made from this, and the local run obeys it.
import { UPLOAD_SESSION } from '../../lib/contract/front-door.ts'
import type { Family } from '../family.ts'

/** A family's function, or Google itself, with no function between. */
export type Target = Family | 'google'

/** What stands before the path of every route of the REST API, unless it has a domain of its own. */
export const STAGE = 'api'

/** What several families share (`/v1/models`, `/v1/files`) every function answers for all; only a method call is Gemini's alone. */
const v1 = (base: string): Record<string, Target> => ({
  [`ANY ${base}/{proxy+}`]: 'openai',
  [`ANY ${base}/models`]: 'openai',
  [`ANY ${base}/models/{proxy+}`]: 'openai',
  [`POST ${base}/models/{proxy+}`]: 'gemini',
  [`ANY ${base}/messages`]: 'anthropic',
  [`ANY ${base}/messages/{proxy+}`]: 'anthropic',
})

/** Method and path, in API Gateway's spelling → target. A base URL that ends in `/v1` may get another one from its client. */
export const ROUTES: Readonly<Record<string, Target>> = {
  'ANY /': 'openai',
  'ANY /{proxy+}': 'openai',
  ...v1('/v1'),
  ...v1('/v1/v1'),
  'ANY /v1beta/{proxy+}': 'gemini',
  'ANY /upload/{proxy+}': 'gemini',
  [`POST ${UPLOAD_SESSION}/{proxy+}`]: 'google',
  // Preflights and refusals, in Google's form.
  [`ANY ${UPLOAD_SESSION}/{proxy+}`]: 'gemini',
  'ANY /anthropic/{proxy+}': 'anthropic',
  'ANY /gemini/{proxy+}': 'gemini',
}

export interface Route {
  target: Target
  /** The path as it stands in the table. */
  resource: string
  /** What `{proxy+}` stands for. */
  proxy: string | undefined
}

const GREEDY = '{proxy+}'

/** How much of a path a resource fixes; nothing where it does not fit. One without `{proxy+}` fixes all of it. */
const fixedPart = (resource: string, path: string): number | undefined => {
  if (!resource.endsWith(GREEDY)) return resource === path ? Number.POSITIVE_INFINITY : undefined
  const head = resource.slice(0, -GREEDY.length)
  return path.startsWith(head) && path.length > head.length ? head.length : undefined
}

const RESOURCES = [...new Set(Object.keys(ROUTES).map((route) => route.slice(route.indexOf(' ') + 1)))]

/** Of paths that fit, the one with the longest fixed part; of its methods, the one that is named. `path` is without a query. */
export const routeOf = (method: string, path: string): Route => {
  const resource = RESOURCES.reduce(
    (best, one) => ((fixedPart(one, path) ?? -1) > (fixedPart(best, path) ?? -1) ? one : best),
    `/${GREEDY}`,
  )
  const target = ROUTES[`${method} ${resource}`] ?? ROUTES[`ANY ${resource}`]
  if (!target) throw new Error(`${resource} has no method that answers ${method}.`)
  const proxy = resource.endsWith(GREEDY) ? path.slice(resource.length - GREEDY.length) : undefined
  return { target, resource, proxy }
}
