/**
 * A path as the route tables know it. Base URLs are typed by people, so one family prefix, one doubled `/v1` and one
 * trailing slash are taken off. Nothing else is repaired: `//`, `..` and percent-encodings reach the routes as they are.
 */
export const normalizePath = (raw: string): string => {
  const bare = raw
    .replace(/^\/(?:openai|anthropic|gemini)(?=\/|$)/, '')
    .replace(/^\/v1\/v1(?=\/|$)/, '/v1')
    .replace(/(?<=[^/])\/$/, '')
  return bare || '/'
}
